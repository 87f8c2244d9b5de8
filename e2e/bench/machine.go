package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// machine is all that the document says about where it ran.
type machine struct {
	cores         int
	memory        int64 // bytes
	before, after float64
}

func look() machine {
	m := machine{cores: runtime.NumCPU(), before: load()}
	m.memory = kilobytes("/proc/meminfo", "MemTotal:")
	return m
}

func (m *machine) end() { m.after = load() }

// busy tells whether others used the machine: the load before the run is none of ours.
func (m machine) busy() bool { return m.before > float64(m.cores)/2 }

func (m machine) String() string {
	return fmt.Sprintf("%d cores, %d GB of memory, load average %.1f before the run and %.1f after it", m.cores, (m.memory+1<<29)>>30, m.before, m.after)
}

// load is the load average of the last minute.
func load() float64 {
	raw, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(raw), " ")
	v, _ := strconv.ParseFloat(first, 64)
	return v
}

// kilobytes reads a line such as "Pss:  12 kB" of a file in /proc, in bytes; 0 where there is none.
func kilobytes(file, name string) int64 {
	raw, _ := os.ReadFile(file)
	for line := range strings.Lines(string(raw)) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == name {
			kb, _ := strconv.ParseInt(fields[1], 10, 64)
			return kb << 10
		}
	}
	return 0
}
