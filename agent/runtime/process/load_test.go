//go:build linux

package process_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
)

func TestInstances_getDamagedFilesBackFromTheSupervisor(t *testing.T) {
	t.Parallel()
	opts := options(t)
	r := open(t, opts)
	defer func() { require.NoError(t, r.Close()) }()
	started := running(t, r, "exec ./app serve", nil)
	for _, file := range []string{"state.json", "spec.json"} {
		path := filepath.Join(opts.Dir, "instances", "replica", file)
		require.NoError(t, os.WriteFile(path, []byte(`{"half`), 0o600))
		all, err := r.Instances(t.Context(), "")
		require.NoError(t, err)
		require.Equal(t, []runtime.Instance{started}, all, "%s is whole again", file)
	}
	require.Empty(t, r.Problems())
}

func TestInstances_goOnWithoutAReplicaWhoseFilesAreDamaged(t *testing.T) {
	t.Parallel()
	opts := options(t)
	r := open(t, opts)
	defer func() { require.NoError(t, r.Close()) }()
	running(t, r, "exec ./app serve", nil)
	require.NoError(t, r.Stop(t.Context(), "replica", 0))
	file := func(name string) string { return filepath.Join(opts.Dir, "instances", "replica", name) }

	require.NoError(t, os.WriteFile(file("state.json"), nil, 0o600))
	all, err := r.Instances(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, runtime.Exited, all[0].State, "it has no supervisor, so it does not run")
	require.FileExists(t, file("state.json.damaged"))

	other := runtime.InstanceSpec{Name: "other", Digest: all[0].Digest, Port: 8080}
	t.Cleanup(func() { require.NoError(t, r.Remove(context.Background(), "other")) })
	_, err = r.Start(t.Context(), other)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file("spec.json"), []byte("\x00"), 0o600))
	all, err = r.Instances(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, "other", all[0].Name, "a replica that nobody knows any more does not hide the others")
	require.Len(t, r.Problems(), 2)

	again, err := r.Start(t.Context(), runtime.InstanceSpec{Name: "replica", Digest: other.Digest, Port: 8080})
	require.NoError(t, err)
	require.Equal(t, runtime.Running, again.State, "another of that name can be started")
}
