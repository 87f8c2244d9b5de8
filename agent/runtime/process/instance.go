//go:build linux

package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// instance is what spec.json keeps. The environment is not in it.
type instance struct {
	Spec runtime.InstanceSpec `json:"spec"`
	Port int                  `json:"port"` // on the host
}

var instanceName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$`)

func (r *Runtime) dirOf(name string) (string, error) {
	if !instanceName.MatchString(name) {
		return "", fmt.Errorf("replica name %q: use letters, digits, dots, hyphens and underscores", name)
	}
	return filepath.Join(r.opts.Dir, "instances", name), nil
}

// observe answers a replica as it is now. A shim that was killed takes its program along: what is left of it is ended,
// and the replica counts as exited with 137.
func (r *Runtime) observe(dir string) (runtime.Instance, error) {
	inst, st, err := load(dir)
	var bad *unreadable
	if errors.As(err, &bad) {
		inst, st, err = r.repair(dir, bad)
	}
	if err != nil {
		return runtime.Instance{}, err
	}
	if st.State != runtime.Exited && !locked(filepath.Join(dir, lockFile)) {
		// The shim may have ended properly between the two looks.
		if inst, st, err = load(dir); err != nil {
			return runtime.Instance{}, err
		}
		if st.State != runtime.Exited {
			if st, err = r.bury(dir, st); err != nil {
				return runtime.Instance{}, err
			}
		}
	}
	seen := runtime.Instance{
		Name: inst.Spec.Name, Labels: inst.Spec.Labels, Digest: inst.Spec.Digest, State: st.State, StartedAt: st.StartedAt,
		ExitCode: st.ExitCode, OOMKilled: st.OOMKilled, Restarts: st.Restarts,
	}
	if st.State == runtime.Running {
		seen.Address = runtime.Address(inst.Port)
	}
	return seen, nil
}

func (r *Runtime) bury(dir string, st state) (state, error) {
	if st.Boot != "" && st.Boot != thisBoot() { // nothing of it can be alive: no look through all processes
		r.logger.Info("a replica ended with the host", "replica", filepath.Base(dir))
	} else {
		if p, err := readProc(st.Pid); err == nil && st.Pid > 0 && p.start == st.PidStart {
			killGroup(st.Pid)
		}
		if err := killMarked(dir); err != nil {
			return st, err
		}
		r.logger.Warn("the supervisor of a replica was killed; its program is ended too", "replica", filepath.Base(dir))
	}
	st.State, st.ExitCode, st.Pid, st.PidStart = runtime.Exited, 137, 0, 0
	raw, err := json.Marshal(st)
	if err != nil {
		return st, err
	}
	return st, writeAtomic(filepath.Join(dir, stateFile), raw)
}

// Instances lists all replicas of this folder.
func (r *Runtime) Instances(ctx context.Context, prefix string) ([]runtime.Instance, error) {
	entries, err := os.ReadDir(filepath.Join(r.opts.Dir, "instances"))
	if err != nil {
		return nil, fmt.Errorf("process runtime: %w", err)
	}
	all := []runtime.Instance{}
	for _, e := range entries {
		dir, err := r.dirOf(e.Name())
		if err != nil || !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		unlock := r.named(e.Name())
		seen, err := r.observe(dir)
		unlock()
		if errors.Is(err, runtime.ErrNotFound) {
			continue // being made, or being removed
		}
		if err != nil {
			// One replica that cannot be seen does not hide the others.
			r.logger.Error("a replica cannot be observed", "replica", e.Name(), "error", err)
			continue
		}
		all = append(all, seen)
	}
	return all, nil
}

// Stop ends a replica; its folder and its log stay.
func (r *Runtime) Stop(ctx context.Context, name string, grace time.Duration) error {
	dir, err := r.dirOf(name)
	if err != nil {
		return err
	}
	defer r.named(name)()
	return r.stop(ctx, dir, grace)
}

func (r *Runtime) stop(ctx context.Context, dir string, grace time.Duration) error {
	seen, err := r.observe(dir)
	if errors.Is(err, runtime.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	lock := filepath.Join(dir, lockFile)
	if seen.State == runtime.Exited && !locked(lock) {
		return nil
	}
	// An ending shim may hang up before it has answered; what counts is that it lets go of its lock.
	_, asked := ask(ctx, dir, controlRequest{Op: "stop", Grace: grace})
	for deadline := time.Now().Add(5 * time.Second); locked(lock); {
		if asked != nil && time.Now().After(deadline) {
			return fmt.Errorf("stop %s: %w", seen.Name, asked)
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return fmt.Errorf("stop %s: %w", seen.Name, err)
		}
	}
	_, err = r.observe(dir)
	return err
}

// Remove ends a replica at once and deletes its folder.
func (r *Runtime) Remove(ctx context.Context, name string) error {
	dir, err := r.dirOf(name)
	if err != nil {
		return err
	}
	defer r.named(name)()
	if err := r.stop(ctx, dir, 0); err != nil {
		return err
	}
	// spec.json goes first: without it the replica is gone, however much of the folder is left by a crash.
	if err := os.Remove(filepath.Join(dir, specFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
