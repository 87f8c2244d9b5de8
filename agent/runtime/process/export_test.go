//go:build linux

package process

import (
	"os"
	"strconv"
)

// Zombies counts the ended children of a process that nobody collected.
func Zombies(parent int) (n int) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if p, err := readProc(pid); err == nil && p.state == 'Z' && p.parent == parent {
			n++
		}
	}
	return n
}

// Memory returns what is resident in a process and all below it, summed, and what they hold together.
func Memory(pid int, limit int64) (resident, together int64) {
	self, err := readProc(pid)
	if err != nil {
		return 0, 0
	}
	members := append(below(pid), self)
	for _, p := range members {
		resident += p.rssBytes
	}
	return resident, memoryOf(members, limit)
}
