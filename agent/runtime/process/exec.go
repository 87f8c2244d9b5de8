//go:build linux

package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// outputGrace is how long Exec waits for output that a background child of the command still holds open.
const outputGrace = 2 * time.Second

// Exec runs a command in the replica's folder with its environment. Ending ctx kills the command.
func (r *Runtime) Exec(ctx context.Context, name string, argv []string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	dir, err := r.dirOf(name)
	if err != nil {
		return 0, err
	}
	seen, err := r.seen(name, dir)
	if err != nil {
		return 0, err
	}
	if seen.State == runtime.Exited || len(argv) == 0 {
		return 0, fmt.Errorf("exec in %s: it is %s: %w", name, seen.State, runtime.ErrNotFound)
	}
	var pipes [3][2]*os.File // reader, writer
	for i := range pipes {
		if pipes[i][0], pipes[i][1], err = os.Pipe(); err != nil {
			return 0, fmt.Errorf("exec in %s: %w", name, err)
		}
		defer pipes[i][0].Close()
		defer pipes[i][1].Close()
	}
	// Not waited for: a terminal's reader may never end.
	go func() {
		if stdin != nil {
			_, _ = io.Copy(pipes[0][1], stdin)
		}
		_ = pipes[0][1].Close()
	}()
	var copies sync.WaitGroup
	for i, w := range map[int]io.Writer{1: stdout, 2: stderr} {
		if w == nil {
			w = io.Discard
		}
		copies.Go(func() { _, _ = io.Copy(w, pipes[i][0]) })
	}
	answer, err := ask(ctx, dir, controlRequest{Op: "exec", Argv: argv}, pipes[0][0], pipes[1][1], pipes[2][1])
	done := make(chan struct{})
	go func() { copies.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(outputGrace):
		_, _ = pipes[1][0].Close(), pipes[2][0].Close()
		<-done
	}
	if err != nil {
		return 0, fmt.Errorf("exec in %s: %w", name, err)
	}
	return answer.ExitCode, nil
}

func (r *Runtime) seen(name, dir string) (runtime.Instance, error) {
	defer r.named(name)()
	return r.observe(dir)
}

// lookPath finds a program as a shell in dir with env would; exec.LookPath would use this process's own PATH.
func lookPath(file, dir string, env []string) (string, error) {
	if strings.Contains(file, "/") {
		if filepath.IsAbs(file) {
			return file, nil
		}
		return filepath.Join(dir, file), nil
	}
	for _, pair := range env {
		list, ok := strings.CutPrefix(pair, "PATH=")
		if !ok {
			continue
		}
		for _, folder := range filepath.SplitList(list) {
			path := filepath.Join(folder, file)
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return path, nil
			}
		}
	}
	return "", errors.New(file + ": command not found")
}
