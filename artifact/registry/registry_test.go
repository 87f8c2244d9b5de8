package registry_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/artifacttest"
	"github.com/syntra-dev/syntra/artifact/blob"
	"github.com/syntra-dev/syntra/artifact/registry"
	"github.com/syntra-dev/syntra/artifact/token"
	"github.com/syntra-dev/syntra/dev/postgrestest"
)

// passes are those of a vault that hides nothing.
type passes struct{}

func (passes) Pass(purpose string, what []byte) (string, error) {
	return base64.RawURLEncoding.EncodeToString([]byte(purpose + "\x00" + string(what))), nil
}

func (passes) ReadPass(purpose, pass string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(pass)
	what, ok := strings.CutPrefix(string(raw), purpose+"\x00")
	if err != nil || !ok {
		return nil, errors.New("no pass")
	}
	return []byte(what), nil
}

// house is a registry with its parts.
type house struct {
	*registry.Registry
	pool   *pgxpool.Pool
	blobs  *blob.Folder
	tokens *token.Signer
	url    string
}

func newHouse(t *testing.T, change func(*registry.Options)) *house {
	t.Helper()
	h := &house{pool: postgrestest.New(t), tokens: &token.Signer{Passes: passes{}}}
	var err error
	h.blobs, err = blob.OpenFolder(t.TempDir())
	require.NoError(t, err)
	opts := registry.Options{Pool: h.pool, Blobs: h.blobs, Tokens: h.tokens, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&opts)
	}
	h.Registry, err = registry.New(context.Background(), opts)
	require.NoError(t, err)
	server := httptest.NewServer(h.Handler())
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *house) token(t *testing.T, owner artifact.Owner, push bool) string {
	t.Helper()
	made, err := h.tokens.Make(token.Scope{Owner: owner, Push: push}, time.Minute)
	require.NoError(t, err)
	return made
}

func TestStore(t *testing.T) {
	t.Parallel()
	artifacttest.Exercise(t, func(t *testing.T) artifact.Store { return newHouse(t, nil) })
}

func TestAnotherFoldersRegistryServesAndDeletesNothing(t *testing.T) {
	t.Parallel()
	h, other := newHouse(t, nil), newHouse(t, nil)
	a := artifacttest.Image(t, "config", "layer")
	_, err := h.Push(t.Context(), artifacttest.Ours, a.Digest, bytes.NewReader(a.Layout))
	require.NoError(t, err)

	// A replica whose folder belongs to another installation's registry.
	options := registry.Options{
		Pool:   other.pool,
		Blobs:  h.blobs,
		Tokens: h.tokens,
		Logger: slog.New(slog.DiscardHandler),
	}
	lost, err := registry.New(t.Context(), options)
	require.NoError(t, err)
	require.ErrorContains(t, lost.Stranger(), "--artifacts")
	_, err = lost.Collect(t.Context())
	require.Error(t, err)
	_, err = lost.Push(t.Context(), artifacttest.Ours, a.Digest, bytes.NewReader(a.Layout))
	require.Error(t, err)
	rec := httptest.NewRecorder()
	lost.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/v2/", nil))
	require.Equal(t, http.StatusServiceUnavailable, rec.Code)
	require.NoError(t, h.Pull(t.Context(), artifacttest.Ours, a.Manifest, io.Discard), "its owner still has it")

	// A folder that is lost: the registry begins anew in an empty one.
	options.Blobs, err = blob.OpenFolder(t.TempDir())
	require.NoError(t, err)
	fresh, err := registry.New(t.Context(), options)
	require.NoError(t, err)
	require.Error(t, fresh.Stranger())
	require.NoError(t, fresh.Reset(t.Context()))
	require.NoError(t, fresh.Stranger())
	_, err = fresh.Push(t.Context(), artifacttest.Ours, a.Digest, bytes.NewReader(a.Layout))
	require.NoError(t, err)
	again, err := registry.New(t.Context(), options)
	require.NoError(t, err)
	require.NoError(t, again.Stranger())
}
