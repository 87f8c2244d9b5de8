//go:build linux

package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Runtime is the adapter.
type Runtime struct {
	opts  Options
	lock  *os.File
	mu    sync.Mutex
	names map[string]*sync.Mutex
	// reserved are ports of replicas that are just being made.
	reserved map[int]bool
	// problems were met since Open.
	problems []string
	logger   *slog.Logger
}

var _ runtime.Runtime = (*Runtime)(nil)

// Open makes the adapter over its directory and ends what a killed predecessor left behind: builds, and programs whose
// shim is gone. Running replicas are found again.
func Open(opts Options) (*Runtime, error) {
	if opts.Dir == "" || len(opts.Shim) == 0 {
		return nil, errors.New("process runtime: Dir and Shim must be set")
	}
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("process runtime: %w", err)
	}
	opts.Dir = dir
	if opts.Settle == 0 {
		opts.Settle = 10 * time.Second
	}
	if opts.PruneAge == 0 {
		opts.PruneAge = time.Hour
	}
	if opts.LogBytes == 0 {
		opts.LogBytes = 128 << 20
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	r := &Runtime{opts: opts, names: map[string]*sync.Mutex{}, reserved: map[int]bool{}, logger: opts.Logger.With("runtime", "process")}
	for _, sub := range []string{"artifacts", "instances", "builds", "cache"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("process runtime: %w", err)
		}
	}
	if r.lock, err = lockWithin(filepath.Join(dir, "lock"), 5*time.Second); err != nil {
		return nil, fmt.Errorf("process runtime: %s is in use by another agent: end it, or give this one another directory: %w", dir, err)
	}
	r.sweepBuilds()
	if err := r.afterBoot(); err != nil {
		return nil, errors.Join(fmt.Errorf("process runtime: look through the artifacts: %w", err), r.Close())
	}
	if _, err := r.Instances(context.Background(), ""); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Name is "process".
func (r *Runtime) Name() string { return "process" }

// Ping is always answered: there is no engine.
func (r *Runtime) Ping(ctx context.Context) error { return ctx.Err() }

// Close lets another adapter use the directory. Replicas run on.
func (r *Runtime) Close() error { return r.lock.Close() }

// named serializes what is done to one replica.
func (r *Runtime) named(name string) func() {
	r.mu.Lock()
	m := r.names[name]
	if m == nil {
		m = &sync.Mutex{}
		r.names[name] = m
	}
	r.mu.Unlock()
	m.Lock()
	return m.Unlock
}

func lockWithin(path string, d time.Duration) (*os.File, error) {
	deadline := time.Now().Add(d)
	for {
		f, err := tryLock(path)
		if err == nil || time.Now().After(deadline) || !errors.Is(err, unix.EAGAIN) {
			return f, err
		}
		time.Sleep(20 * time.Millisecond) //nolint:forbidigo // a bounded wait for a kernel lock, which tells nobody
	}
}

// tryLock takes an open-file-description lock: it ends with the process however that ends, and unlike flock it can be
// looked at without taking it.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK}); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// locked says whether some process holds the lock.
func locked(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	l := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &l); err != nil {
		return false
	}
	return l.Type != unix.F_UNLCK
}
