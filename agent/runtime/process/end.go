//go:build linux

package process

import (
	"os"
	"syscall"
	"time"
)

// Looks at whether the program is gone: soon after the signal at first, rarely when it takes its time.
const (
	goneFirst = 5 * time.Millisecond
	goneLast  = 100 * time.Millisecond
)

// outputPatience is how long a stopped program's last output is waited for.
const outputPatience = 2 * time.Second

// end asks the program to stop and kills after the grace what still runs of it. The program is everything below the
// shim: a shell that dies at once does not take the grace from the server that it started.
func (s *supervisor) end(grace time.Duration) {
	deadline := time.Now().Add(grace)
	group := s.cmd.Process.Pid
	_ = syscall.Kill(-group, syscall.SIGTERM)
	for _, p := range s.program() {
		if p.group != group { // once each: some programs take a second SIGTERM for "at once"
			_ = syscall.Kill(p.pid, syscall.SIGTERM)
		}
	}
	for wait := goneFirst; time.Now().Before(deadline) && len(s.program()) > 0; wait = min(2*wait, goneLast) {
		time.Sleep(min(wait, time.Until(deadline))) //nolint:forbidigo // the kernel tells no one when orphans end
	}
	s.sweep()
	code := <-s.exited
	s.mu.Lock()
	s.state.ExitCode = code
	s.mu.Unlock()
}

// sweep kills what still runs of the program and waits for its output.
func (s *supervisor) sweep() {
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	for _, pid := range s.limits.members() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	for _, p := range s.program() {
		_ = syscall.Kill(p.pid, syscall.SIGKILL)
	}
	done := make(chan struct{})
	go func() { s.output.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(outputPatience):
	}
}

// program returns the processes of the program that still run: all below the shim, but execs and what they started.
func (s *supervisor) program() []proc {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := below(os.Getpid())
	kept := all[:0]
	for _, p := range all {
		if !s.execs[p.group] {
			kept = append(kept, p)
		}
	}
	return kept
}
