// Package artifacttest is what every artifact.Store must do, run over each adapter.
package artifacttest

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/syntra-dev/syntra/artifact"
)

// Owners of the suite: two services of one organization, and one of another.
var (
	Ours   = artifact.Owner{Organization: "org_a", Service: "svc_web"}
	Sister = artifact.Owner{Organization: "org_a", Service: "svc_api"}
	Theirs = artifact.Owner{Organization: "org_b", Service: "svc_web"}
)

// Exercise runs the suite; open makes an empty store.
func Exercise(t *testing.T, open func(t *testing.T) artifact.Store) {
	for name, test := range map[string]func(*testing.T, artifact.Store){
		"what is pushed is pulled as it was":                  pulls,
		"pushing twice is pushing once":                       twice,
		"one artifact packed differently is two manifests":    repacked,
		"an artifact is its owner's alone":                    owned,
		"a layout that is not whole leaves nothing":           damaged,
		"what is deleted is gone, and can be pushed again":    deletes,
		"what two artifacts share outlives one of them":       shares,
		"many pushes of one artifact at once are one":         concurrent,
		"an artifact has a digest":                            named,
		"an image of several manifests is pulled as it was":   indexed,
		"an empty layer is a layer like another":              empty,
		"a pull tells when the one who reads it does not any": cutPull,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func push(t *testing.T, s artifact.Store, owner artifact.Owner, a Artifact) artifact.Manifest {
	t.Helper()
	m, err := s.Push(t.Context(), owner, a.Digest, bytes.NewReader(a.Layout))
	require.NoError(t, err)
	require.Equal(t, a.Manifest, m.Digest)
	require.Equal(t, a.Digest, m.Artifact)
	require.Equal(t, a.Size, m.SizeBytes)
	return m
}

func pull(t *testing.T, s artifact.Store, owner artifact.Owner, manifest string) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, s.Pull(t.Context(), owner, manifest, &out))
	return out.Bytes()
}

func has(t *testing.T, s artifact.Store, owner artifact.Owner, manifest string) bool {
	t.Helper()
	is, err := s.Has(t.Context(), owner, manifest)
	require.NoError(t, err)
	return is
}

func list(t *testing.T, s artifact.Store, owner artifact.Owner) map[string]string {
	t.Helper()
	all, err := s.List(t.Context(), owner)
	require.NoError(t, err)
	out := map[string]string{}
	for _, m := range all {
		out[m.Artifact] = m.Digest
	}
	require.Len(t, out, len(all))
	return out
}

func pulls(t *testing.T, s artifact.Store) {
	a := Image(t, "config", "layer one", "layer two", "layer one")
	require.False(t, has(t, s, Ours, a.Manifest))
	require.Empty(t, list(t, s, Ours))
	push(t, s, Ours, a)
	require.True(t, has(t, s, Ours, a.Manifest))
	require.Equal(t, a.Layout, pull(t, s, Ours, a.Manifest))
	require.Equal(t, map[string]string{a.Digest: a.Manifest}, list(t, s, Ours))

	unknown := digest.FromString("unknown").String()
	require.False(t, has(t, s, Ours, unknown))
	err := s.Pull(t.Context(), Ours, unknown, io.Discard)
	require.Equal(t, artifact.ManifestUnknown, artifact.CodeOf(err), "%v", err)
}

func twice(t *testing.T, s artifact.Store) {
	a := Image(t, "config", "layer")
	push(t, s, Ours, a)
	push(t, s, Ours, a)
	require.Len(t, list(t, s, Ours), 1)
	require.Equal(t, a.Layout, pull(t, s, Ours, a.Manifest))
}

func repacked(t *testing.T, s artifact.Store) {
	a, b := Image(t, "config", "layer"), Image(t, "config", "layer, packed")
	b.Digest = a.Digest
	push(t, s, Ours, a)
	push(t, s, Ours, b)
	require.Equal(t, map[string]string{a.Digest: b.Manifest}, list(t, s, Ours), "the newest carries it")
	require.Equal(t, a.Layout, pull(t, s, Ours, a.Manifest))
	require.Equal(t, b.Layout, pull(t, s, Ours, b.Manifest))
}

func owned(t *testing.T, s artifact.Store) {
	a := Image(t, "config", "layer")
	push(t, s, Ours, a)
	for _, other := range []artifact.Owner{Sister, Theirs} {
		require.False(t, has(t, s, other, a.Manifest), other)
		require.Empty(t, list(t, s, other), other)
		err := s.Pull(t.Context(), other, a.Manifest, io.Discard)
		require.Equal(t, artifact.ManifestUnknown, artifact.CodeOf(err), "%v", err)
		require.NoError(t, s.Delete(t.Context(), other, a.Manifest))
	}
	require.True(t, has(t, s, Ours, a.Manifest))
	push(t, s, Theirs, a)
	require.NoError(t, s.Delete(t.Context(), Ours, a.Manifest))
	require.Equal(t, a.Layout, pull(t, s, Theirs, a.Manifest))
}

func damaged(t *testing.T, s artifact.Store) {
	lost := errors.New("the connection is lost")
	changed := func(raw []byte, from, to string) io.Reader {
		require.Contains(t, string(raw), from)
		return bytes.NewReader(bytes.Replace(raw, []byte(from), []byte(to), 1))
	}
	for name, broken := range map[string]func(raw []byte) io.Reader{
		"nothing":           func([]byte) io.Reader { return strings.NewReader("") },
		"cut off":           func(raw []byte) io.Reader { return bytes.NewReader(raw[:len(raw)-2000]) },
		"lost on the way":   func(raw []byte) io.Reader { return io.MultiReader(bytes.NewReader(raw[:3000]), iotest.ErrReader(lost)) },
		"another layer":     func(raw []byte) io.Reader { return changed(raw, "layer of", "lAyer of") },
		"another config":    func(raw []byte) io.Reader { return changed(raw, "config of", "cOnfig of") },
		"another algorithm": func(raw []byte) io.Reader { return changed(raw, `"sha256:`, `"sha512:`) },
	} {
		// What a failed push left must not make up for what the next one lacks.
		a := Image(t, "config of "+name, "layer of "+name)
		_, err := s.Push(t.Context(), Ours, a.Digest, broken(a.Layout))
		require.Error(t, err, name)
		require.False(t, has(t, s, Ours, a.Manifest), name)
		require.Empty(t, list(t, s, Ours), name)
		push(t, s, Ours, a)
		require.Equal(t, a.Layout, pull(t, s, Ours, a.Manifest), name)
		require.NoError(t, s.Delete(t.Context(), Ours, a.Manifest))
	}
}

func deletes(t *testing.T, s artifact.Store) {
	a := Image(t, "config", "layer")
	push(t, s, Ours, a)
	require.NoError(t, s.Delete(t.Context(), Ours, a.Manifest))
	require.NoError(t, s.Delete(t.Context(), Ours, a.Manifest))
	require.False(t, has(t, s, Ours, a.Manifest))
	require.Empty(t, list(t, s, Ours))
	push(t, s, Ours, a)
	require.Equal(t, a.Layout, pull(t, s, Ours, a.Manifest))
}

func shares(t *testing.T, s artifact.Store) {
	a, b := Image(t, "config a", "base", "a"), Image(t, "config b", "base", "b")
	push(t, s, Ours, a)
	push(t, s, Ours, b)
	require.NoError(t, s.Delete(t.Context(), Ours, a.Manifest))
	require.Equal(t, b.Layout, pull(t, s, Ours, b.Manifest))
	require.Equal(t, map[string]string{b.Digest: b.Manifest}, list(t, s, Ours))
}

func concurrent(t *testing.T, s artifact.Store) {
	a := Image(t, "config", strings.Repeat("layer", 50_000))
	g, ctx := errgroup.WithContext(t.Context())
	for range 8 {
		g.Go(func() error {
			_, err := s.Push(ctx, Ours, a.Digest, bytes.NewReader(a.Layout))
			return err
		})
	}
	require.NoError(t, g.Wait())
	require.Equal(t, a.Layout, pull(t, s, Ours, a.Manifest))
	require.Len(t, list(t, s, Ours), 1)
}

func named(t *testing.T, s artifact.Store) {
	a := Image(t, "config", "layer")
	for _, bad := range []string{"", "latest", "sha256:abc", "../x"} {
		_, err := s.Push(t.Context(), Ours, bad, bytes.NewReader(a.Layout))
		require.Equal(t, artifact.DigestInvalid, artifact.CodeOf(err), "%q: %v", bad, err)
	}
	require.Empty(t, list(t, s, Ours))
}

func indexed(t *testing.T, s artifact.Store) {
	a := Index(t, "config", "layer")
	push(t, s, Ours, a)
	require.Equal(t, a.Layout, pull(t, s, Ours, a.Manifest))
	require.NoError(t, s.Delete(t.Context(), Ours, a.Manifest))
	require.False(t, has(t, s, Ours, a.Manifest))
}

func empty(t *testing.T, s artifact.Store) {
	a := Image(t, "config", "", "layer")
	push(t, s, Ours, a)
	require.Equal(t, a.Layout, pull(t, s, Ours, a.Manifest))
}

// full is a writer that takes only so much.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func cutPull(t *testing.T, s artifact.Store) {
	a := Image(t, "config", strings.Repeat("layer", 50_000))
	push(t, s, Ours, a)
	require.ErrorIs(t, s.Pull(t.Context(), Ours, a.Manifest, &full{left: 100_000}), io.ErrShortWrite)
}
