//go:build linux

package process

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// reapAgain is how soon the reaper looks again while a child of the shim's own waits for its os/exec goroutine.
const reapAgain = 5 * time.Millisecond

// children are the processes below a shim: those it started, whose end os/exec waits for, and orphans, which the kernel
// gives to the shim as their subreaper and which it must reap itself.
type children struct {
	mu  sync.Mutex
	own map[int]bool // pids that os/exec waits for
}

// start runs a command and remembers it as the shim's own, before anything can reap it.
func (c *children) start(cmd *exec.Cmd) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	if c.own == nil {
		c.own = map[int]bool{}
	}
	c.own[cmd.Process.Pid] = true
	return nil
}

// wait returns the exit code of a command that start has begun.
func (c *children) wait(cmd *exec.Cmd) int {
	_ = cmd.Wait() // the state says all
	c.mu.Lock()
	delete(c.own, cmd.Process.Pid)
	c.mu.Unlock()
	return exitCode(cmd.ProcessState)
}

// pids returns the processes that the shim started and that have not ended.
func (c *children) pids() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Keys(c.own))
}

// reapOrphans collects the exit status of every orphan that ends, for as long as the shim lives: else each stays a
// zombie and holds a pid.
func (c *children) reapOrphans() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	for {
		if c.reap() {
			<-ended
			continue
		}
		select {
		case <-ended:
		case <-time.After(reapAgain):
		}
	}
}

// reap collects orphans until none waits. It reports whether it is done: a child of the shim's own that os/exec has not
// collected yet hides those behind it.
func (c *children) reap() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		pid, err := endedChild()
		if err != nil || pid == 0 {
			return true
		}
		if c.own[pid] {
			return false
		}
		if _, err := syscall.Wait4(pid, nil, syscall.WNOHANG, nil); err != nil && !errors.Is(err, syscall.EINTR) {
			return true
		}
	}
}

// siginfoPid is where waitid(2) puts the pid in a siginfo_t: behind three ints, at the next word.
const siginfoPid = (12 + unsafe.Sizeof(uintptr(0)) - 1) / unsafe.Sizeof(uintptr(0)) * unsafe.Sizeof(uintptr(0))

// endedChild returns a child that has ended and was not collected, and leaves it so; 0 where there is none.
func endedChild() (int, error) {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return int(*(*int32)(unsafe.Add(unsafe.Pointer(&info), siginfoPid))), err
}
