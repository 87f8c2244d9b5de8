//go:build linux

package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Start runs a replica in a copy of its artifact's tree, which it may write to without changing the artifact.
func (r *Runtime) Start(ctx context.Context, spec runtime.InstanceSpec) (runtime.Instance, error) {
	dir, err := r.dirOf(spec.Name)
	if err != nil {
		return runtime.Instance{}, err
	}
	defer r.named(spec.Name)()
	before, err := r.observe(dir)
	if err != nil && !errors.Is(err, runtime.ErrNotFound) {
		return runtime.Instance{}, err
	}
	if err == nil && before.State != runtime.Exited {
		return before, nil
	}
	made, err := r.artifact(spec.Digest)
	if err != nil {
		return runtime.Instance{}, err
	}
	old, _, _ := load(dir)
	port := old.Port
	if port == 0 || !runtime.PortFree(port) {
		if port, err = r.freePort(); err != nil {
			return runtime.Instance{}, err
		}
		defer r.release(port)
	}
	kept, err := r.lay(ctx, dir, spec, port, before.Digest)
	if err != nil {
		return runtime.Instance{}, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	argv, err := r.argv(made, spec.Command, filepath.Join(dir, appFolder))
	if err != nil {
		return runtime.Instance{}, err
	}
	err = r.spawn(ctx, dir, shimSpec{
		Argv: argv, Dir: filepath.Join(dir, appFolder), Env: environment(dir, spec, port), Marker: dir, Port: port,
		CPUs: spec.CPUs, MemoryMB: spec.MemoryMB, Settle: r.opts.Settle, LogBytes: r.opts.LogBytes, NoCgroups: r.opts.NoCgroups,
		Instance: kept,
	})
	if err != nil {
		return runtime.Instance{}, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	return r.observe(dir)
}

// lay makes the instance's folder and returns what spec.json holds. The copy of an artifact is kept over restarts, as a
// container keeps its layer.
func (r *Runtime) lay(ctx context.Context, dir string, spec runtime.InstanceSpec, port int, had string) ([]byte, error) {
	for _, sub := range []string{logFolder, "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, err
		}
	}
	app := filepath.Join(dir, appFolder)
	if had != spec.Digest || !exists(app) {
		fresh := app + ".new"
		if err := errors.Join(os.RemoveAll(fresh), os.RemoveAll(app)); err != nil {
			return nil, err
		}
		if err := copyFits(ctx, r.treeOf(spec.Digest), fresh, r.opts.Dir, "a copy of the program for the replica"); err != nil {
			return nil, err
		}
		if err := flush(fresh); err != nil { // under its name it counts as whole
			return nil, err
		}
		if err := os.Rename(fresh, app); err != nil {
			return nil, err
		}
	}
	spec.Env = nil
	raw, err := json.MarshalIndent(instance{Spec: spec, Port: port}, "", "  ")
	if err != nil {
		return nil, err
	}
	return raw, writeAtomic(filepath.Join(dir, specFile), raw)
}

func (r *Runtime) freePort() (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := map[int]bool{}
	entries, err := os.ReadDir(filepath.Join(r.opts.Dir, "instances"))
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if inst, _, err := load(filepath.Join(r.opts.Dir, "instances", e.Name())); err == nil {
			taken[inst.Port] = true
		}
	}
	for port := range r.reserved {
		taken[port] = true
	}
	port, err := runtime.FreePort(func(p int) bool { return taken[p] })
	if err == nil {
		r.reserved[port] = true
	}
	return port, err
}

func (r *Runtime) release(port int) {
	r.mu.Lock()
	delete(r.reserved, port)
	r.mu.Unlock()
}

// argv is what the shim runs. A command goes through the shell, which replaces itself by a simple command.
func (r *Runtime) argv(made manifest, command, app string) ([]string, error) {
	if command == "" {
		command = made.Command
	}
	switch {
	case command != "":
		return []string{"/bin/sh", "-c", command}, nil
	case made.Static != "" && len(r.opts.StaticServer) == 0:
		return nil, &runtime.Error{Code: runtime.CodeNoRuntime, Message: "this agent has no static file server: set run.command in syntra.yaml"}
	case made.Static != "":
		return slices.Concat(r.opts.StaticServer, []string{filepath.Join(app, made.Static), made.Fallback}), nil
	}
	return nil, &runtime.Error{Code: runtime.CodeBadSource, Message: "nothing says how to run this: set run.command in syntra.yaml, or add a Procfile with a web: line"}
}

// environment is bounded: nothing of the agent's own reaches a program.
func environment(dir string, spec runtime.InstanceSpec, port int) []string {
	app := filepath.Join(dir, appFolder)
	env := map[string]string{
		"PATH": strings.Join([]string{filepath.Join(app, "bin"), filepath.Join(app, ".venv", "bin"), filepath.Join(app, "node_modules", ".bin"), systemPath()}, ":"),
		"HOME": app, "TMPDIR": filepath.Join(dir, "tmp"), "LANG": "C.UTF-8", "NODE_ENV": "production",
		"HOST": runtime.Host, // what many frameworks bind to: nothing but the edge should reach a replica
	}
	for name, value := range spec.Env {
		env[name] = value
	}
	env["PORT"] = strconv.Itoa(port)
	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	sort.Strings(list)
	return list
}

// spawn starts a shim in a session of its own and hands it the spec through a pipe.
func (r *Runtime) spawn(ctx context.Context, dir string, spec shimSpec) error {
	// A shim whose program crashed at boot is still on its way out.
	for locked(filepath.Join(dir, lockFile)) {
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	errLog, err := os.OpenFile(filepath.Join(dir, shimLogFile), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer errLog.Close()
	cmd := exec.Command(r.opts.Shim[0], append(append([]string(nil), r.opts.Shim[1:]...), dir)...)
	cmd.Env = []string{"PATH=" + systemPath(), "HOME=" + dir, "GOMAXPROCS=1", "GOGC=50"}
	cmd.Dir, cmd.Stderr = "/", errLog
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	readyR, readyW, err := os.Pipe()
	if err != nil {
		return err
	}
	defer readyR.Close()
	cmd.Stdout = readyW
	err = cmd.Start()
	_ = readyW.Close()
	if err != nil {
		return fmt.Errorf("start its supervisor: %w", err)
	}
	go func() { _ = cmd.Wait() }() // reaped, should it end while this agent lives
	defer context.AfterFunc(ctx, func() { _ = readyR.Close() })()
	err = json.NewEncoder(stdin).Encode(spec)
	_ = stdin.Close()
	var ready shimReady
	if err == nil {
		err = json.NewDecoder(readyR).Decode(&ready)
	}
	if err != nil {
		if ctx.Err() == nil {
			err = fmt.Errorf("its supervisor did not come up (see %s): %w", errLog.Name(), err)
		} else {
			err = ctx.Err()
		}
		_ = cmd.Process.Kill()
		return err
	}
	if ready.Error != "" {
		return errors.New(ready.Error)
	}
	return nil
}
