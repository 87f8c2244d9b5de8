package registry_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	dockerregistry "github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/client"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/artifact/artifacttest"
)

// engine is the Docker engine, or leaves the test out where none answers.
func engine(t *testing.T) *client.Client {
	t.Helper()
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	require.NoError(t, err)
	t.Cleanup(func() { _ = api.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := api.Ping(ctx); err != nil {
		if os.Getenv("SYNTRA_REQUIRE_DOCKER") == "1" {
			t.Fatalf("SYNTRA_REQUIRE_DOCKER=1, but no Docker engine answers: %v", err)
		}
		t.Skipf("left out, since no Docker engine answers (start one, or set DOCKER_HOST): %v", err)
	}
	return api
}

// progress reads what the engine says to its end.
func progress(t *testing.T, body io.ReadCloser) error {
	t.Helper()
	defer body.Close()
	for dec := json.NewDecoder(body); ; {
		var said struct {
			Error string `json:"error"`
		}
		if err := dec.Decode(&said); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if said.Error != "" {
			return errors.New(said.Error)
		}
	}
}

func TestADockerEnginePushesAndPullsWithATokenAsItsPassword(t *testing.T) {
	t.Parallel()
	api, h := engine(t), newHouse(t, nil)
	host := strings.TrimPrefix(h.url, "http://") // the engine speaks plain HTTP to 127.0.0.1
	name := host + "/" + artifacttest.Ours.Repository() + ":v1"
	login := func(token string) string {
		auth, err := dockerregistry.EncodeAuthConfig(
			dockerregistry.AuthConfig{Username: "agent", Password: token, ServerAddress: host},
		)
		require.NoError(t, err)
		return auth
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	content := bytes.Repeat([]byte(host), 50_000)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "file", Size: int64(len(content)), Mode: 0o644}))
	_, err := w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	made, err := api.ImageImport(t.Context(), image.ImportSource{Source: &layer, SourceName: "-"}, name,
		image.ImportOptions{Changes: []string{"LABEL dev.syntra.managed=true"}})
	require.NoError(t, err)
	require.NoError(t, progress(t, made))
	remove := func() { _, _ = api.ImageRemove(context.Background(), name, image.RemoveOptions{}) }
	t.Cleanup(remove)
	before, err := api.ImageInspect(t.Context(), name)
	require.NoError(t, err)

	push := func(token string) error {
		said, err := api.ImagePush(t.Context(), name, image.PushOptions{RegistryAuth: login(token)})
		require.NoError(t, err)
		return progress(t, said)
	}
	require.Error(t, push("a guess"))
	require.Error(t, push(h.token(t, artifacttest.Theirs, true)))
	require.Error(t, push(h.token(t, artifacttest.Ours, false)))
	require.NoError(t, push(h.token(t, artifacttest.Ours, true)))
	pushed, err := api.ImageInspect(t.Context(), name)
	require.NoError(t, err)
	require.Len(t, pushed.RepoDigests, 1)
	_, manifest, _ := strings.Cut(pushed.RepoDigests[0], "@")
	has, err := h.Has(t.Context(), artifacttest.Ours, manifest)
	require.NoError(t, err)
	require.True(t, has)

	remove()
	_, err = api.ImageInspect(t.Context(), before.ID)
	require.Error(t, err)
	said, err := api.ImagePull(
		t.Context(),
		pushed.RepoDigests[0],
		image.PullOptions{RegistryAuth: login(h.token(t, artifacttest.Ours, false))},
	)
	require.NoError(t, err)
	require.NoError(t, progress(t, said))
	t.Cleanup(func() {
		_, _ = api.ImageRemove(context.Background(), pushed.RepoDigests[0], image.RemoveOptions{})
	})
	after, err := api.ImageInspect(t.Context(), pushed.RepoDigests[0])
	require.NoError(t, err)
	require.Equal(t, before.ID, after.ID)
}
