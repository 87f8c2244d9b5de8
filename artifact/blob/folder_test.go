package blob_test

import (
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
