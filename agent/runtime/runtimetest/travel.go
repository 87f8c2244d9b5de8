package runtimetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/iotest"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/artifact/layout"
)

// travels exports an artifact, forgets it, and takes it in again, as another server would.
func (s *suite) travels(t *testing.T) {
	made, other := s.unique(t, "travels"), s.unique(t, "stays")
	exported := s.export(t, made)
	require.Equal(t, exported, s.export(t, made), "the same artifact is the same bytes")
	_, err := layout.Read(t.Context(), bytes.NewReader(exported), layout.Visitor{
		Blob: func(_ context.Context, _ v1.Descriptor, r io.Reader) error {
			_, err := io.Copy(io.Discard, r)
			return err
		},
		Manifest: func(context.Context, v1.Descriptor, []byte) error { return nil },
	})
	require.NoError(t, err, "it is a layout")
	foreign := s.export(t, other)
	s.forget(t, made)

	lost := errors.New("the connection is lost")
	for name, broken := range map[string]io.Reader{
		"nothing":         bytes.NewReader(nil),
		"cut off":         bytes.NewReader(exported[:len(exported)/2]),
		"lost on the way": io.MultiReader(bytes.NewReader(exported[:len(exported)-1024]), iotest.ErrReader(lost)),
		"another's":       bytes.NewReader(foreign),
	} {
		err := s.r.Import(t.Context(), made, broken)
		require.Error(t, err, name)
		require.False(t, s.has(t, made), name)
		if name == "another's" {
			require.Equal(t, runtime.CodeBadArtifact, runtime.CodeOf(err), "%v", err)
		}
	}

	for range 2 {
		require.NoError(t, s.r.Import(t.Context(), made, bytes.NewReader(exported)))
		require.True(t, s.has(t, made))
	}
	all, err := s.r.Artifacts(t.Context())
	require.NoError(t, err)
	require.Contains(t, all, made)
	require.Equal(t, exported, s.export(t, made), "what was taken in is given on as it came")

	spec := runtime.InstanceSpec{
		Name:   s.name(t),
		Digest: made,
		Port:   8080,
		Env:    map[string]string{"GREETING": "from afar"},
	}
	i := s.start(t, spec)
	s.answers(t, i)
	body, err := get(i, "/")
	require.NoError(t, err)
	require.Equal(t, "from afar", body)
	require.Equal(t, made, i.Digest)
	require.NoError(t, s.r.Remove(t.Context(), spec.Name))
	s.forget(t, made) // what was imported is pruned like what was built
}

func (s *suite) exportsNothing(t *testing.T) {
	made := s.unique(t, "gone")
	s.forget(t, made)
	err := s.r.Export(t.Context(), made, io.Discard)
	require.Equal(t, runtime.CodeNoArtifact, runtime.CodeOf(err), "%v", err)
	require.ErrorIs(t, s.r.Export(t.Context(), s.unique(t, "full"), full{}), io.ErrShortWrite)
}

// full is a writer whose disk is.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// unique builds an artifact that no other test has.
func (s *suite) unique(t *testing.T, flavour string) string {
	t.Helper()
	dir := s.Source(t, BuildArgs)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "app.conf"), []byte(flavour+s.runs), 0o600))
	a, out, err := s.build(t, runtime.BuildSpec{Dir: dir, Args: map[string]string{"FLAVOUR": flavour + s.runs}})
	require.NoError(t, err, out)
	return a.Digest
}

func (s *suite) export(t *testing.T, digest string) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, s.r.Export(t.Context(), digest, &out))
	return out.Bytes()
}

func (s *suite) has(t *testing.T, digest string) bool {
	t.Helper()
	ok, err := s.r.Has(t.Context(), digest)
	require.NoError(t, err)
	return ok
}

// forget prunes one artifact.
func (s *suite) forget(t *testing.T, digest string) {
	t.Helper()
	all, err := s.r.Artifacts(t.Context())
	require.NoError(t, err)
	require.Contains(t, all, digest)
	keep := map[string]bool{}
	for _, d := range slices.DeleteFunc(all, func(d string) bool { return d == digest }) {
		keep[d] = true
	}
	deleted, err := s.r.Prune(t.Context(), keep)
	require.NoError(t, err)
	require.Equal(t, 1, deleted)
	require.False(t, s.has(t, digest))
}
