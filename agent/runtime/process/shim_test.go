//go:build linux

package process_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/runtime/process"
	"github.com/syntra-dev/syntra/agent/runtime/runtimetest"
)

// running builds a source whose web process is the given command and starts it.
func running(t *testing.T, r *process.Runtime, command string, env map[string]string) runtime.Instance {
	t.Helper()
	dir := runtimetest.Source(t, map[string]string{"Procfile": "web: " + command})
	built, err := r.Build(t.Context(), runtime.BuildSpec{Service: "svc_test", Dir: dir}, testWriter{t})
	require.NoError(t, err)
	spec := runtime.InstanceSpec{Name: "replica", Digest: built.Digest, Env: env, Port: 8080}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, r.Remove(ctx, spec.Name))
	})
	i, err := r.Start(t.Context(), spec)
	require.NoError(t, err)
	return i
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// processes answers the pids whose command line holds every one of the words.
func processes(t testing.TB, words ...string) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	require.NoError(t, err)
	var pids []int
next:
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		line, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		for _, w := range words {
			if !bytes.Contains(line, []byte(w)) {
				continue next
			}
		}
		pids = append(pids, pid)
	}
	return pids
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline, tick := time.After(time.Minute), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		}
	}
}

// A mark in the command line by which a test finds its program's processes and nobody else's.
func mark(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf("31%d%d", os.Getpid(), time.Now().UnixNano()%1e9)
}

func TestShim_killedTakesItsProgramAlong(t *testing.T) {
	t.Parallel()
	opts := options(t)
	r := open(t, opts)
	defer func() { require.NoError(t, r.Close()) }()
	mark := mark(t)
	// The program's child leaves its group and session, as a daemon does.
	running(t, r, "setsid sleep "+mark+" & sleep "+mark, nil)
	eventually(t, "both sleep", func() bool { return len(processes(t, "sleep\x00"+mark)) == 2 })
	shims := processes(t, "process-shim", filepath.Join(opts.Dir, "instances", "replica"))
	require.Len(t, shims, 1)

	require.NoError(t, syscall.Kill(shims[0], syscall.SIGKILL))
	eventually(t, "the replica counts as ended", func() bool {
		all, err := r.Instances(t.Context(), "")
		require.NoError(t, err)
		return all[0].State == runtime.Exited && all[0].ExitCode == 137
	})
	require.Empty(t, processes(t, "sleep\x00"+mark))
}

func TestShim_killedWhileTheAgentIsDown(t *testing.T) {
	t.Parallel()
	opts := options(t)
	r := open(t, opts)
	mark := mark(t)
	i := running(t, r, "setsid sleep "+mark+" & exec ./app serve", nil)
	require.NoError(t, r.Close())
	shims := func() []int { return processes(t, "process-shim", filepath.Join(opts.Dir, "instances", "replica")) }
	for _, pid := range shims() {
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	}
	eventually(t, "the shim is dead", func() bool { return len(shims()) == 0 })
	r2 := open(t, opts)
	t.Cleanup(func() { require.NoError(t, r2.Close()) })
	eventually(t, "the new agent ends what is left", func() bool {
		_, err := r2.Instances(t.Context(), "")
		require.NoError(t, err)
		return len(processes(t, "sleep\x00"+mark)) == 0
	})
	again, err := r2.Start(t.Context(), runtime.InstanceSpec{Name: i.Name, Digest: i.Digest, Port: 8080})
	require.NoError(t, err)
	require.Equal(t, runtime.Running, again.State)
	require.NoError(t, r2.Remove(t.Context(), i.Name))
}

func TestShim_leavesNothingBehindWhenItsProgramStops(t *testing.T) {
	t.Parallel()
	r := open(t, options(t))
	defer func() { require.NoError(t, r.Close()) }()
	mark := mark(t)
	i := running(t, r, "setsid sleep "+mark+" & exec ./app serve", nil)
	eventually(t, "the daemon runs", func() bool { return len(processes(t, "sleep\x00"+mark)) == 1 })
	require.NoError(t, r.Stop(t.Context(), i.Name, time.Second))
	eventually(t, "the daemon is gone", func() bool { return len(processes(t, "sleep\x00"+mark)) == 0 })
}

func TestStart_keepsTheEnvironmentOffTheDiskAndTheCommandLine(t *testing.T) {
	t.Parallel()
	opts := options(t)
	r := open(t, opts)
	defer func() { require.NoError(t, r.Close()) }()
	const secret = "swordfish-0815"
	running(t, r, "exec ./app serve", map[string]string{"TOKEN": secret})
	require.Empty(t, processes(t, secret))
	require.NoError(t, filepath.WalkDir(opts.Dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		if rel, _ := filepath.Rel(opts.Dir, path); strings.Count(rel, "/") <= 1 {
			require.Zero(t, info.Mode().Perm()&0o077, "%s can be opened by others", rel)
		}
		if d.Type().IsRegular() {
			raw, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NotContains(t, string(raw), secret, path)
		}
		return nil
	}))
}

func TestStart_givesEachReplicaATreeOfItsOwn(t *testing.T) {
	t.Parallel()
	r := open(t, options(t))
	defer func() { require.NoError(t, r.Close()) }()
	i := running(t, r, "echo changed > app.txt; exec ./app serve", nil)
	var out bytes.Buffer
	eventually(t, "the replica has written", func() bool {
		out.Reset()
		code, err := r.Exec(t.Context(), i.Name, []string{"cat", "app.txt"}, nil, &out, nil)
		require.NoError(t, err)
		return code == 0
	})
	require.Equal(t, "changed\n", out.String())
	other := runtime.InstanceSpec{Name: "other", Digest: i.Digest, Port: 8080, Command: "cat app.txt"}
	_, err := r.Start(t.Context(), other)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Remove(context.Background(), "other")) })
	eventually(t, "the other replica finds no such file", func() bool {
		all, err := r.Instances(t.Context(), "")
		require.NoError(t, err)
		for _, seen := range all {
			if seen.Name == "other" {
				return seen.State == runtime.Exited && seen.ExitCode == 1
			}
		}
		return false
	})
}

func TestOpen_refusesASecondAgent(t *testing.T) {
	t.Parallel()
	opts := options(t)
	r := open(t, opts)
	_, err := process.Open(opts)
	require.ErrorContains(t, err, "in use by another agent")
	require.NoError(t, r.Close())
	again := open(t, opts)
	require.NoError(t, again.Close())
}

func TestStart_refusesNamesThatLeaveTheFolder(t *testing.T) {
	t.Parallel()
	r := open(t, options(t))
	defer func() { require.NoError(t, r.Close()) }()
	for _, name := range []string{"", "..", "../x", "a/b", ".hidden", strings.Repeat("x", 300)} {
		_, err := r.Start(t.Context(), runtime.InstanceSpec{Name: name})
		require.ErrorContains(t, err, "replica name", name)
		require.ErrorContains(t, r.Remove(t.Context(), name), "replica name", name)
	}
}

func TestMemoryLimit_holdsWithoutCgroups(t *testing.T) {
	t.Parallel()
	opts := options(t)
	opts.NoCgroups = true
	r := open(t, opts)
	defer func() { require.NoError(t, r.Close()) }()
	dir := runtimetest.Source(t, map[string]string{"Procfile": "web: exec ./app serve"})
	built, err := r.Build(t.Context(), runtime.BuildSpec{Service: "svc_test", Dir: dir}, testWriter{t})
	require.NoError(t, err)
	i := start(t, r, runtime.InstanceSpec{Name: "greedy", Digest: built.Digest, Port: 8080, MemoryMB: 64})
	eventually(t, "it answers", func() bool { _, _, err := fetch("http://" + i.Address + "/"); return err == nil })
	_, _, _ = fetch("http://" + i.Address + "/allocate?mb=300")
	eventually(t, "it is ended for its memory", func() bool {
		all, err := r.Instances(t.Context(), "")
		require.NoError(t, err)
		return all[0].Restarts > 0 || (all[0].OOMKilled && all[0].ExitCode == 137)
	})
}

func TestShim_remembersHowTheRunBeforeEnded(t *testing.T) {
	t.Parallel()
	r := open(t, options(t))
	defer func() { require.NoError(t, r.Close()) }()
	first := running(t, r, "sleep 1.5; exit 5", nil) // after it has settled
	eventually(t, "it runs again", func() bool {
		all, err := r.Instances(t.Context(), "")
		require.NoError(t, err)
		again := all[0]
		if again.State != runtime.Running || again.Restarts == 0 {
			return false
		}
		require.Equal(t, 5, again.ExitCode)
		require.True(t, again.StartedAt.After(first.StartedAt))
		return true
	})
}
