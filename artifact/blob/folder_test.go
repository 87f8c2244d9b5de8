package blob_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/artifact/blob"
	"github.com/syntra-dev/syntra/artifact/blob/blobtest"
)

func TestFolder(t *testing.T) {
	t.Parallel()
	blobtest.Exercise(t, func(t *testing.T) blob.Store {
		s, err := blob.OpenFolder(t.TempDir())
		require.NoError(t, err)
		return s
	})
}

func TestWhoSharesAFolderSeesOneIdentity(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seen := make(chan string, 8)
	for range cap(seen) {
		go func() {
			s, err := blob.OpenFolder(dir)
			if err == nil {
				var identity string
				if identity, err = s.Identity(context.Background()); err == nil {
					seen <- identity
					return
				}
			}
			seen <- err.Error()
		}()
	}
	first := <-seen
	for range cap(seen) - 1 {
		require.Equal(t, first, <-seen)
	}
	other, err := blob.OpenFolder(t.TempDir())
	require.NoError(t, err)
	identity, err := other.Identity(t.Context())
	require.NoError(t, err)
	require.NotEqual(t, first, identity)
}
