package registry_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content/memory"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"

	"github.com/syntra-dev/syntra/artifact/artifacttest"
)

// TestAClientThatIsNotOursPushesAndPulls speaks through the client of the OCI registry-as-storage project, which
// challenges nothing of ours and follows the specification.
func TestAClientThatIsNotOursPushesAndPulls(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	repo, err := remote.NewRepository(h.url[len("http://"):] + "/" + artifacttest.Ours.Repository())
	require.NoError(t, err)
	repo.PlainHTTP = true
	repo.Client = &auth.Client{Credential: auth.StaticCredential(h.url[len("http://"):], auth.Credential{
		Username: "anybody", Password: h.token(t, artifacttest.Ours, true),
	})}

	local, blob := memory.New(), bytes.Repeat([]byte("a layer of some size "), 100_000)
	layer := v1.Descriptor{MediaType: v1.MediaTypeImageLayer, Digest: digest.FromBytes(blob), Size: int64(len(blob))}
	require.NoError(t, local.Push(t.Context(), layer, bytes.NewReader(blob)))
	packed, err := oras.PackManifest(
		t.Context(),
		local,
		oras.PackManifestVersion1_1,
		"application/vnd.test",
		oras.PackManifestOptions{
			Layers: []v1.Descriptor{layer},
		},
	)
	require.NoError(t, err)
	require.NoError(t, local.Tag(t.Context(), packed, "v1"))
	_, err = oras.Copy(t.Context(), local, "v1", repo, "v1", oras.DefaultCopyOptions)
	require.NoError(t, err)

	var tags []string
	require.NoError(
		t,
		repo.Tags(t.Context(), "", func(page []string) error { tags = append(tags, page...); return nil }),
	)
	require.Equal(t, []string{"v1"}, tags)

	back := memory.New()
	got, err := oras.Copy(t.Context(), repo, "v1", back, "v1", oras.DefaultCopyOptions)
	require.NoError(t, err)
	require.Equal(t, packed.Digest, got.Digest)
	body, err := back.Fetch(t.Context(), layer)
	require.NoError(t, err)
	defer body.Close()
	raw, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, blob, raw)

	require.NoError(t, repo.Delete(t.Context(), packed))
	_, err = repo.Resolve(t.Context(), "v1")
	require.Error(t, err)
}
