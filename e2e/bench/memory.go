package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/syntra-dev/syntra/e2e/harness"
)

// use is the memory of a group of processes, in bytes. Resident counts shared pages once for each process that maps
// them; proportional counts each page once altogether.
type use struct {
	name                   string
	processes              int
	resident, proportional int64
}

// measureMemory looks at every process of a platform with one small service, after a time of rest.
func measureMemory(ctx context.Context, s settings, p *harness.Platform, r *report) error {
	ctx, cancel := context.WithTimeout(ctx, oneDeploy)
	defer cancel()
	src := harness.Source{Dir: filepath.Join(p.DataDir, "idle"), Version: "idle"}
	if _, err := p.Deploy(ctx, src, "bench", "idle"); err != nil {
		return err
	}
	if err := pause(ctx, s.idle); err != nil {
		return err
	}
	if err := p.Refresh(); err != nil {
		return err
	}
	processes, err := running()
	if err != nil {
		return err
	}
	sec := section{title: "Memory at rest", head: []string{"part of `syntra dev`", "processes", "proportional (Pss)", "resident (VmRSS)"},
		text: fmt.Sprintf("With one small service, %s after its deployment. Pss counts a page that processes share once in all; VmRSS counts it in each.", s.idle)}
	total := use{name: "together"}
	for _, u := range groups(p, processes) {
		if u.processes == 0 {
			return fmt.Errorf("no process of %s is found", u.name)
		}
		sec.rows = append(sec.rows, u.cells())
		total.processes, total.resident, total.proportional = total.processes+u.processes, total.resident+u.resident, total.proportional+u.proportional
	}
	sec.rows = append(sec.rows, total.cells())
	r.sections = append(r.sections, sec)
	fmt.Fprintf(os.Stderr, "  memory at rest: %d MB\n", total.proportional>>20)
	return nil
}

func (u use) cells() []string {
	mb := func(b int64) string { return fmt.Sprintf("%.1f MB", float64(b)/(1<<20)) }
	return []string{u.name, strconv.Itoa(u.processes), mb(u.proportional), mb(u.resident)}
}

// groups gives each process of the platform to the nearest part above it.
func groups(p *harness.Platform, all map[int]process) []use {
	parts := []use{{name: "platform (API, dashboard, Temporal, worker)"}, {name: "PostgreSQL"}, {name: "ClickHouse"}, {name: "agent"}, {name: "edge"},
		{name: "shim of the service"}, {name: "the service itself"}}
	roots := []int{p.PIDs.Platform, p.PIDs.Postgres, p.PIDs.ClickHouse, p.PIDs.Agent, p.PIDs.Edge}
	// Shims outlive their agent and so are nobody's children: their folder tells whose they are.
	ours := harness.Leftovers(p.DataDir)
	shim := func(pid int) bool {
		return slices.Contains(all[pid].args, "process-shim") && slices.Contains(ours, pid)
	}
	for pid := range all {
		part := -1
		for at := pid; part < 0 && at > 1; at = all[at].parent {
			switch {
			case shim(at) && at == pid:
				part = 5
			case shim(at):
				part = 6
			default:
				part = slices.Index(roots, at)
			}
		}
		if part < 0 {
			continue
		}
		dir := filepath.Join("/proc", strconv.Itoa(pid))
		parts[part].processes++
		parts[part].resident += kilobytes(filepath.Join(dir, "status"), "VmRSS:")
		parts[part].proportional += kilobytes(filepath.Join(dir, "smaps_rollup"), "Pss:")
	}
	return parts
}

type process struct {
	parent int
	args   []string
}

// running are all processes of the machine.
func running() (map[int]process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("memory can be measured on Linux only: %w", err)
	}
	all := map[int]process{}
	for _, e := range entries {
		var pid, parent int
		if _, err := fmt.Sscan(e.Name(), &pid); err != nil {
			continue
		}
		stat, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "stat"))
		// The name in brackets may hold anything; what follows the last bracket is state and parent.
		if _, err := fmt.Sscanf(string(stat[bytes.LastIndexByte(stat, ')')+1:]), " %c %d", new(rune), &parent); err != nil {
			continue
		}
		cmdline, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		all[pid] = process{parent, strings.Split(strings.TrimRight(string(cmdline), "\x00"), "\x00")}
	}
	return all, nil
}
