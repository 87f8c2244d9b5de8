//go:build linux

package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// How often memory is looked at where there are no cgroups: each look reads all of /proc, which a host with many replicas
// can afford rarely, so a program far from its limit is looked at seldom.
const (
	sampleNear = 500 * time.Millisecond
	sampleFar  = 5 * time.Second
)

// sampleMemory ends the program when it holds more memory than it may. Memory that its processes share counts once.
func (s *supervisor) sampleMemory(pid int, exited <-chan int) {
	limit := int64(s.spec.MemoryMB) << 20
	for wait := sampleNear; ; {
		time.Sleep(wait) //nolint:forbidigo // the kernel does not tell of memory without cgroups
		if len(exited) > 0 {
			return
		}
		used := memoryOf(s.program(), limit)
		if used > limit {
			s.mu.Lock()
			s.killed = true
			s.mu.Unlock()
			_ = syscall.Kill(-pid, syscall.SIGKILL)
			return
		}
		if wait = sampleFar; used > limit/2 {
			wait = sampleNear
		}
	}
}

// memoryOf returns the bytes that processes hold together, exactly where that is over the limit. Resident sizes count a page once for each process that shares it, so
// only where their sum is over the limit is the kernel asked for the shares, which costs it a walk of the page tables.
func memoryOf(members []proc, limit int64) (sum int64) {
	for _, p := range members {
		sum += p.rssBytes
	}
	if sum <= limit {
		return sum
	}
	sum = 0
	for _, p := range members {
		pss, err := readPSS(p.pid)
		if err != nil {
			pss = 0 // it ended, and holds nothing
		}
		sum += pss
	}
	return sum
}

// readPSS returns a process's proportional set size in bytes, see /proc/<pid>/smaps_rollup in proc(5).
func readPSS(pid int) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(raw) {
		if f := bytes.Fields(line); len(f) == 3 && string(f[0]) == "Pss:" {
			kib, err := strconv.ParseInt(string(f[1]), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/smaps_rollup has no Pss line", pid)
}
