//go:build linux

package process

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Logs follows a replica's output over its restarts. It ends with nil when the replica has ended (or was removed) and all
// of its output is told. since is the time of the last line already seen, or zero for all there is.
func (r *Runtime) Logs(ctx context.Context, name string, since time.Time, emit func(runtime.Line)) error {
	dir, err := r.dirOf(name)
	if err != nil {
		return err
	}
	if _, err := r.seen(name, dir); err != nil {
		return err
	}
	live := func() bool { return locked(filepath.Join(dir, lockFile)) }
	if err := followLog(ctx, filepath.Join(dir, logFolder), since, live, emit); err != nil {
		return fmt.Errorf("logs of %s: %w", name, err)
	}
	return nil
}

// Usage sums the program and all its descendants.
func (r *Runtime) Usage(_ context.Context, name string) (runtime.Usage, error) {
	dir, err := r.dirOf(name)
	if err != nil {
		return runtime.Usage{}, err
	}
	_, st, err := load(dir)
	if err != nil {
		return runtime.Usage{}, err
	}
	p, err := readProc(st.Pid)
	if st.Pid == 0 || err != nil || p.start != st.PidStart {
		return runtime.Usage{}, fmt.Errorf("usage of %s: it is not running: %w", name, runtime.ErrNotFound)
	}
	var u runtime.Usage
	for _, p := range append(below(st.Pid), p) {
		u.CPUSeconds += float64(p.ticks) / clockTicks
		u.MemoryBytes += p.rssBytes
	}
	return u, nil
}

// Processes returns the ids of a running replica's processes.
func (r *Runtime) Processes(_ context.Context, name string) ([]int, error) {
	dir, err := r.dirOf(name)
	if err != nil {
		return nil, err
	}
	_, st, err := load(dir)
	if err != nil {
		return nil, err
	}
	p, err := readProc(st.Pid)
	if st.Pid == 0 || err != nil || p.start != st.PidStart {
		return nil, fmt.Errorf("processes of %s: it is not running: %w", name, runtime.ErrNotFound)
	}
	var pids []int
	for _, p := range append(below(st.Pid), p) {
		pids = append(pids, p.pid)
	}
	return pids, nil
}
