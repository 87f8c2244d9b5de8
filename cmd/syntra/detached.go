package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// startDetached runs this binary again as a process that outlives us: the agent and the edge go on serving when the
// platform dies. Its output goes to log, which is begun anew once it has grown past maxLog.
func startDetached(log string, args ...string) (pid int, err error) {
	return startInheriting(nil, log, args...)
}

// startInheriting is startDetached with files that the process has from descriptor 3 on.
func startInheriting(files []*os.File, log string, args ...string) (pid int, err error) {
	exe, err := os.Executable()
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(filepath.Dir(log), 0o700); err != nil {
		return 0, err
	}
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if info, err := os.Stat(log); err == nil && info.Size() > maxLog {
		flags |= os.O_TRUNC
	}
	out, err := os.OpenFile(log, flags, 0o600)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	cmd := exec.Command(exe, args...)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = out, out, files
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start syntra %s: %w", args[0], err)
	}
	go cmd.Wait() //nolint:errcheck // reaped while we live; init reaps it after us
	return cmd.Process.Pid, nil
}

// maxLog is when a detached process's log file is begun anew, in bytes.
const maxLog = 16 << 20

// await polls a condition until it holds or the deadline passes.
func await(ctx context.Context, limit time.Duration, what string, holds func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: not within %s", what, limit)
		case <-time.After(25 * time.Millisecond):
		}
	}
	return nil
}

// alive reports whether a process exists and is no zombie of ours.
func alive(pid int) bool {
	if pid <= 0 || syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !isZombie(string(stat))
}

// isZombie reads the state field of /proc/<pid>/stat, which follows the parenthesised command name.
func isZombie(stat string) bool {
	for i := len(stat) - 1; i > 0; i-- {
		if stat[i] == ')' {
			return i+2 < len(stat) && stat[i+2] == 'Z'
		}
	}
	return false
}
