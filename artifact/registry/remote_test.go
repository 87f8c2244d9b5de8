package registry_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/artifacttest"
	"github.com/syntra-dev/syntra/artifact/remote"
)

// overHTTP reaches a registry as agents do, with a token for each owner.
type overHTTP struct {
	t *testing.T
	h *house
}

func (o overHTTP) as(owner artifact.Owner) *remote.Store {
	return &remote.Store{URL: o.h.url, Token: o.h.token(o.t, owner, true)}
}

func (o overHTTP) Push(
	ctx context.Context,
	owner artifact.Owner,
	digest string,
	layout io.Reader,
) (artifact.Manifest, error) {
	return o.as(owner).Push(ctx, owner, digest, layout)
}

func (o overHTTP) Pull(ctx context.Context, owner artifact.Owner, manifest string, layout io.Writer) error {
	return o.as(owner).Pull(ctx, owner, manifest, layout)
}

func (o overHTTP) Has(ctx context.Context, owner artifact.Owner, manifest string) (bool, error) {
	return o.as(owner).Has(ctx, owner, manifest)
}

func (o overHTTP) List(ctx context.Context, owner artifact.Owner) ([]artifact.Manifest, error) {
	return o.as(owner).List(ctx, owner)
}

func (o overHTTP) Delete(ctx context.Context, owner artifact.Owner, manifest string) error {
	return o.as(owner).Delete(ctx, owner, manifest)
}

func TestStoreOverHTTP(t *testing.T) {
	t.Parallel()
	artifacttest.Exercise(t, func(t *testing.T) artifact.Store { return overHTTP{t, newHouse(t, nil)} })
}

func TestATokenOpensOneRepositoryForWhatItSays(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	a := artifacttest.Image(t, "config", "layer")
	all := overHTTP{t, h}
	pushed, err := all.Push(t.Context(), artifacttest.Ours, a.Digest, strings.NewReader(string(a.Layout)))
	require.NoError(t, err)

	reader := &remote.Store{URL: h.url, Token: h.token(t, artifacttest.Ours, false)}
	require.NoError(t, reader.Pull(t.Context(), artifacttest.Ours, pushed.Digest, io.Discard))
	_, err = reader.Push(
		t.Context(),
		artifacttest.Ours,
		a.Digest,
		strings.NewReader(string(artifacttest.Image(t, "x").Layout)),
	)
	require.Equal(t, artifact.Denied, artifact.CodeOf(err), "%v", err)
	require.Equal(t, artifact.Denied, artifact.CodeOf(reader.Delete(t.Context(), artifacttest.Ours, pushed.Digest)))

	for name, token := range map[string]string{
		"another service's":      h.token(t, artifacttest.Sister, true),
		"another organization's": h.token(t, artifacttest.Theirs, true),
	} {
		stranger := &remote.Store{URL: h.url, Token: token}
		err := stranger.Pull(t.Context(), artifacttest.Ours, pushed.Digest, io.Discard)
		require.Equal(t, artifact.Denied, artifact.CodeOf(err), "%s: %v", name, err)
	}
	for name, token := range map[string]string{"none": "", "a guess": "guess"} {
		stranger := &remote.Store{URL: h.url, Token: token}
		err := stranger.Pull(t.Context(), artifacttest.Ours, pushed.Digest, io.Discard)
		require.Equal(t, artifact.Unauthorized, artifact.CodeOf(err), "%s: %v", name, err)
	}
}
