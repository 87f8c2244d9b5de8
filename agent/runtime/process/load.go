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
	"slices"
	"time"

	"github.com/syntra-dev/syntra/agent/disk"
	"github.com/syntra-dev/syntra/agent/runtime"
)

// unreadable is what load returns for a file that is there and cannot be read.
type unreadable struct {
	path string
	why  error
}

func (e *unreadable) Error() string { return fmt.Sprintf("%s cannot be read: %v", e.path, e.why) }
func (e *unreadable) Unwrap() error { return e.why }

// load reads an instance's files. It returns runtime.ErrNotFound for a folder without spec.json, and *unreadable.
func load(dir string) (instance, state, error) {
	var inst instance
	st := state{State: runtime.Exited}
	err := readJSON(filepath.Join(dir, specFile), &inst)
	if errors.Is(err, fs.ErrNotExist) {
		return inst, st, fmt.Errorf("replica %s: %w", filepath.Base(dir), runtime.ErrNotFound)
	}
	if err == nil {
		err = readJSON(filepath.Join(dir, stateFile), &st)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return inst, st, err
}

func readJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return &unreadable{path, err}
	}
	return nil
}

// repairTimeout bounds the wait for a shim that writes its instance's files again.
const repairTimeout = 5 * time.Second

// repair gets an instance's files back from its shim, which knows what they held. Without a shim a damaged state tells
// nothing that matters, and a damaged spec makes the replica unknown: the agent starts another of that name.
func (r *Runtime) repair(dir string, bad *unreadable) (instance, state, error) {
	if locked(filepath.Join(dir, lockFile)) {
		ctx, cancel := context.WithTimeout(context.Background(), repairTimeout)
		defer cancel()
		if _, err := ask(ctx, dir, controlRequest{Op: "save"}); err != nil {
			return instance{}, state{}, errors.Join(bad, err)
		}
		r.logger.Warn("a replica's supervisor wrote a damaged file again", "file", bad.path, "error", bad.why)
		return load(dir)
	}
	if err := killMarked(dir); err != nil {
		return instance{}, state{}, err
	}
	problem, err := disk.SetAside(bad.path, bad.why)
	if err != nil {
		return instance{}, state{}, err
	}
	r.logger.Error("a replica's file is damaged", "problem", problem)
	r.mu.Lock()
	r.problems = append(r.problems, problem)
	r.mu.Unlock()
	return load(dir)
}

// Problems tell a person of files that could not be read.
func (r *Runtime) Problems() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.problems)
}
