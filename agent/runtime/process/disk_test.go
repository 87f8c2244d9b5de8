//go:build linux

package process_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/runtime/process"
	"github.com/syntra-dev/syntra/agent/runtime/runtimetest"
)

// otherBoot makes a folder look as if the host had been started anew since it was used last.
func otherBoot(t *testing.T, opts process.Options) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(opts.Dir, "boot"), []byte("another boot"), 0o600))
}

func TestOpen_removesAnArtifactThatAPowerCutLeftWithoutItsTree(t *testing.T) {
	t.Parallel()
	opts := options(t)
	r := open(t, opts)
	var digests []string
	for _, content := range []string{"one", "two"} {
		dir := runtimetest.Source(t, map[string]string{"Procfile": "web: ./app serve", "content": content})
		built, err := r.Build(t.Context(), runtime.BuildSpec{Service: "svc", Dir: dir}, testWriter{t})
		require.NoError(t, err)
		digests = append(digests, built.Digest)
	}
	require.NoError(t, r.Close())
	tree := filepath.Join(opts.Dir, "artifacts", strings.TrimPrefix(digests[0], "sha256:"), "tree")
	require.NoError(t, os.Truncate(filepath.Join(tree, "app"), 0)) // named, and never written
	otherBoot(t, opts)

	r = open(t, opts)
	defer func() { require.NoError(t, r.Close()) }()
	for n, want := range []bool{false, true} {
		has, err := r.Has(t.Context(), digests[n])
		require.NoError(t, err)
		require.Equal(t, want, has)
	}
}

// After the host's restart no process of a replica is left, so nothing is looked for: the look goes through all
// processes of the host several times for each replica. What carries the mark here could not be there.
func TestInstances_looksForNoProcessesOfAReplicaThatEndedWithTheHost(t *testing.T) {
	t.Parallel()
	opts := options(t)
	r := open(t, opts)
	defer func() { require.NoError(t, r.Close()) }()
	mark := mark(t)
	running(t, r, "setsid sleep "+mark+" & exec sleep "+mark, nil)
	eventually(t, "both sleep", func() bool { return len(processes(t, "sleep\x00"+mark)) == 2 })
	dir := filepath.Join(opts.Dir, "instances", "replica")
	state := filepath.Join(dir, "state.json")
	raw, err := os.ReadFile(state)
	require.NoError(t, err)
	var st map[string]any
	require.NoError(t, json.Unmarshal(raw, &st))
	require.NotEmpty(t, st["boot"])
	st["boot"] = "another boot"
	raw, err = json.Marshal(st)
	require.NoError(t, err)
	for _, pid := range processes(t, "process-shim", dir) {
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	}
	require.NoError(t, os.WriteFile(state, raw, 0o600))
	eventually(t, "the replica counts as ended", func() bool {
		all, err := r.Instances(t.Context(), "")
		require.NoError(t, err)
		return len(all) == 1 && all[0].State == runtime.Exited && all[0].ExitCode == 137
	})
	left := processes(t, "sleep\x00"+mark)
	require.NotEmpty(t, left)
	for _, pid := range left {
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	}
}

func TestStart_refusesToFillTheDisk(t *testing.T) {
	t.Parallel()
	opts := options(t)
	require.NoError(t, os.MkdirAll(opts.Dir, 0o700))
	source := runtimetest.Source(t, map[string]string{"Procfile": "web: ./app serve"})
	size := int64(len(runtimetest.Program(t)))
	err := syscall.Mount("tmpfs", opts.Dir, "tmpfs", 0, fmt.Sprintf("size=%d", 32<<20+size*3/2))
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skip("a file system of its own takes root")
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(opts.Dir, syscall.MNT_DETACH)) })
	r := open(t, opts)
	defer func() { require.NoError(t, r.Close()) }()
	built, err := r.Build(t.Context(), runtime.BuildSpec{Service: "svc", Dir: source}, testWriter{t})
	require.NoError(t, err)

	_, err = r.Start(t.Context(), runtime.InstanceSpec{Name: "replica", Digest: built.Digest, Port: 8080})
	require.Equal(t, runtime.CodeDiskFull, runtime.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "a copy of the program for the replica takes")
	_, err = r.Build(t.Context(), runtime.BuildSpec{Service: "svc", Dir: source}, testWriter{t})
	require.Equal(t, runtime.CodeDiskFull, runtime.CodeOf(err), "%v", err)
}
