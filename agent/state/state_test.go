package state_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/traffic"
)

func open(t *testing.T, dir string) *state.Store {
	t.Helper()
	s, err := state.Open(dir)
	require.NoError(t, err)
	return s
}

func spec(release string, at int64) state.Spec {
	return state.Spec{Running: true, At: time.Unix(at, 0).UTC(), Start: wire.Start{
		Owner: wire.Owner{Service: "svc_1"}, Release: release, Env: map[string]string{"TOKEN": "planted-secret"},
	}}
}

func TestWhatIsKnownOutlivesTheAgent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	svc := state.Service{ID: "svc_1", Split: traffic.All("rel_2"), Hosts: []string{"a.localhost"}, Routed: true}
	require.NoError(t, s.PutService(svc))
	require.NoError(t, s.PutSpec(spec("rel_2", 2)))
	require.NoError(t, s.PutSpec(spec("rel_1", 1)))
	require.NoError(t, s.PutSpec(spec("rel_3", 3)))
	require.NoError(t, s.DeleteSpec("svc_1", "rel_3"))

	for _, s := range []*state.Store{s, open(t, dir)} {
		got, known := s.Service("svc_1")
		require.True(t, known)
		require.Equal(t, svc, got)
		require.Equal(t, []state.Spec{spec("rel_1", 1), spec("rel_2", 2)}, s.Specs("svc_1"), "the oldest first")
		require.Equal(t, []string{"svc_1"}, s.Services())
	}
	require.NoError(t, s.DeleteService("svc_1"))
	_, known := open(t, dir).Service("svc_1")
	require.False(t, known)
}

func TestSpecsAreSealed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	require.NoError(t, s.PutSpec(spec("rel_1", 1)))
	require.NoError(t, s.PutSpec(spec("rel_2", 1)))
	file := func(release string) string { return filepath.Join(dir, "specs", "svc_1."+release+".sealed") }
	raw, err := os.ReadFile(file("rel_1"))
	require.NoError(t, err)
	require.NotContains(t, string(raw), "planted-secret")

	t.Run("a spec put in another's place is set aside", func(t *testing.T) {
		require.NoError(t, os.WriteFile(file("rel_2"), raw, 0o600))
		s := open(t, dir)
		require.Len(t, s.Problems, 1)
		require.Contains(t, s.Problems[0], "rel_2.sealed could not be read")
		require.FileExists(t, file("rel_2")+".damaged")
		_, known := s.Spec("svc_1", "rel_2")
		require.False(t, known)
		_, known = s.Spec("svc_1", "rel_1")
		require.True(t, known, "one bad file does not hide the others")
	})
	t.Run("another key opens nothing", func(t *testing.T) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "seal.key"), make([]byte, 32), 0o600))
		s := open(t, dir)
		require.Empty(t, s.Specs(""))
		require.Contains(t, s.Problems[0], "key does not open it")
	})
}

func TestADamagedServicesFileIsSetAside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	require.NoError(t, s.PutSpec(spec("rel_1", 1)))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "services.json"), []byte(`{"svc_1":{"id":`), 0o600))
	s = open(t, dir)
	require.Len(t, s.Problems, 1)
	require.Equal(t, []string{"svc_1"}, s.Services(), "the specs are there")
	require.NoError(t, s.PutService(state.Service{ID: "svc_1"}))
	require.Empty(t, open(t, dir).Problems)
}
