package registry_test

import (
	"bytes"
	"context"
	"io"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/artifacttest"
	"github.com/syntra-dev/syntra/artifact/blob"
	"github.com/syntra-dev/syntra/artifact/registry"
)

// removable is a folder that may not be mounted.
type removable struct {
	blob.Store
	away atomic.Bool
}

func (r *removable) Identity(ctx context.Context) (string, error) {
	if r.away.Load() {
		return "an empty folder", nil
	}
	return r.Store.Identity(ctx)
}

func (r *removable) Open(ctx context.Context, name blob.Name, offset int64) (io.ReadCloser, error) {
	if r.away.Load() {
		return nil, blob.ErrNotFound
	}
	return r.Store.Open(ctx, name, offset)
}

func TestWhatIsLostCanBePushedAgain(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]artifacttest.Artifact{
		"an image":            artifacttest.Image(t, "config", "layer"),
		"an image of several": artifacttest.Index(t, "config", "layer"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			over := overHTTP{t, h}
			other := artifacttest.Image(t, "another config", "another layer")
			for _, pushed := range []artifacttest.Artifact{a, other} {
				_, err := h.Push(t.Context(), artifacttest.Ours, pushed.Digest, bytes.NewReader(pushed.Layout))
				require.NoError(t, err)
			}
			var object string // of the layer
			for name, err := range h.blobs.Objects(t.Context()) {
				require.NoError(t, err)
				body, err := h.blobs.Open(t.Context(), name, 0)
				require.NoError(t, err)
				raw, err := io.ReadAll(body)
				require.NoError(t, err)
				require.NoError(t, body.Close())
				if string(raw) == "layer" {
					object = name.ID
				}
			}
			require.NoError(t, h.blobs.Delete(t.Context(), blob.Name{Organization: "org_a", ID: object}))

			err := over.Pull(t.Context(), artifacttest.Ours, a.Manifest, io.Discard)
			require.Equal(t, artifact.BlobUnknown, artifact.CodeOf(err), "%v", err)
			has, err := h.Has(t.Context(), artifacttest.Ours, a.Manifest)
			require.NoError(t, err)
			require.False(t, has, "it is not said to be there any more")
			require.NoError(t, over.Pull(t.Context(), artifacttest.Ours, other.Manifest, io.Discard))

			_, err = over.Push(t.Context(), artifacttest.Ours, a.Digest, bytes.NewReader(a.Layout))
			require.NoError(t, err)
			require.NoError(t, over.Pull(t.Context(), artifacttest.Ours, a.Manifest, io.Discard))
		})
	}
}

func TestAFolderThatIsNotMountedHasLostNothing(t *testing.T) {
	t.Parallel()
	var folder *removable
	h := newHouse(t, func(o *registry.Options) {
		folder = &removable{Store: o.Blobs}
		o.Blobs = folder
	})
	a := artifacttest.Image(t, "config", "layer")
	_, err := h.Push(t.Context(), artifacttest.Ours, a.Digest, bytes.NewReader(a.Layout))
	require.NoError(t, err)
	folder.away.Store(true)
	err = h.Pull(t.Context(), artifacttest.Ours, a.Manifest, io.Discard)
	require.ErrorContains(t, err, "mounted")
	require.Empty(t, artifact.CodeOf(err), "it may be tried again")
	folder.away.Store(false)
	require.NoError(t, h.Pull(t.Context(), artifacttest.Ours, a.Manifest, io.Discard))
}
