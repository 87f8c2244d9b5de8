//go:build linux

package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clockTicks is USER_HZ, 100 on every Linux that Go runs on.
const clockTicks = 100

// proc is one line of /proc/<pid>/stat, see proc(5).
type proc struct {
	pid, parent, group int
	state              byte
	ticks              uint64 // CPU time of itself and of its waited-for children
	start              uint64 // ticks after boot; with pid it names a process for ever
	rssBytes           int64
}

func readProc(pid int) (proc, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return proc{}, err
	}
	// The name in parentheses may hold anything, so fields are counted after the last parenthesis.
	i := bytes.LastIndexByte(raw, ')')
	if i < 0 {
		return proc{}, fmt.Errorf("/proc/%d/stat has no name", pid)
	}
	f := strings.Fields(string(raw[i+1:]))
	if len(f) < 22 {
		return proc{}, fmt.Errorf("/proc/%d/stat is short", pid)
	}
	num := func(i int) uint64 { n, _ := strconv.ParseUint(f[i], 10, 64); return n }
	return proc{
		pid: pid, state: f[0][0], parent: int(num(1)), group: int(num(2)),
		ticks: num(11) + num(12) + num(13) + num(14), start: num(19),
		rssBytes: int64(num(21)) * int64(os.Getpagesize()),
	}, nil
}

func allProcs() []proc {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var all []proc
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if p, err := readProc(pid); err == nil && p.state != 'Z' {
				all = append(all, p)
			}
		}
	}
	return all
}

// below returns all descendants of a process.
func below(root int) []proc {
	all := allProcs()
	in := map[int]bool{root: true}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if !in[p.pid] && in[p.parent] {
				in[p.pid], grown = true, true
			}
		}
	}
	var found []proc
	for _, p := range all {
		if in[p.pid] && p.pid != root {
			found = append(found, p)
		}
	}
	return found
}

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// markerName is the variable by which programs (and builds) of one directory are found again when their parent is gone.
const markerName = "SYNTRA_SUPERVISED_BY"

// cleanLooks is how often in a row none must be found: a process that is just being executed shows no environment.
const cleanLooks = 3

// killMarked ends every process that carries the marker, and waits until none is left.
func killMarked(marker string) error {
	want := []byte(markerName + "=" + marker)
	deadline := time.Now().Add(5 * time.Second)
	for clean := 0; ; {
		left := 0
		for _, p := range allProcs() {
			env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.pid))
			if err != nil || p.pid == os.Getpid() {
				continue
			}
			for _, pair := range bytes.Split(env, []byte{0}) {
				if bytes.Equal(pair, want) {
					left++
					_ = syscall.Kill(p.pid, syscall.SIGKILL)
				}
			}
		}
		if clean++; left > 0 {
			clean = 0
		}
		if clean == cleanLooks {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d processes of %s do not end after SIGKILL", left, marker)
		}
		time.Sleep(10 * time.Millisecond) //nolint:forbidigo // a bounded wait for processes that are no children of ours
	}
}
