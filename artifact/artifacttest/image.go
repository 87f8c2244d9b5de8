package artifacttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/artifact/layout"
)

// Artifact is one for tests: small, and as whole as a real one.
type Artifact struct {
	// Digest as a runtime would have named it, and of its manifest.
	Digest, Manifest string
	Layout           []byte
	// Size is what the manifest and the distinct blobs that it names take.
	Size int64
}

type image struct {
	content map[digest.Digest][]byte
	size    int64
}

func (i *image) add(mediaType string, raw []byte) v1.Descriptor {
	d := layout.Descriptor(mediaType, raw)
	if _, known := i.content[d.Digest]; !known {
		i.content[d.Digest], i.size = raw, i.size+d.Size
	}
	return d
}

// Image is a manifest with a config and layers of these texts.
func Image(t testing.TB, config string, layers ...string) Artifact {
	t.Helper()
	i := &image{content: map[digest.Digest][]byte{}}
	return i.written(t, i.manifest(t, config, layers))
}

// Index is an image's manifest below an index, as engines make them.
func Index(t testing.TB, config string, layers ...string) Artifact {
	t.Helper()
	i := &image{content: map[digest.Digest][]byte{}}
	raw, err := json.Marshal(v1.Index{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: v1.MediaTypeImageIndex,
		Manifests: []v1.Descriptor{i.manifest(t, config, layers), i.manifest(t, "attestation of "+config, nil)},
	})
	require.NoError(t, err)
	return i.written(t, i.add(v1.MediaTypeImageIndex, raw))
}

func (i *image) manifest(t testing.TB, config string, layers []string) v1.Descriptor {
	t.Helper()
	c := i.add(v1.MediaTypeImageConfig, []byte(config))
	all := []v1.Descriptor{}
	for _, l := range layers {
		all = append(all, i.add(v1.MediaTypeImageLayer, []byte(l)))
	}
	raw, err := layout.Manifest("", c, all)
	require.NoError(t, err)
	return i.add(v1.MediaTypeImageManifest, raw)
}

func (i *image) written(t testing.TB, root v1.Descriptor) Artifact {
	t.Helper()
	var out bytes.Buffer
	require.NoError(
		t,
		layout.Write(context.Background(), &out, root, func(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
			raw, ok := i.content[d.Digest]
			if !ok {
				return nil, fmt.Errorf("there is no %s", d.Digest)
			}
			return io.NopCloser(bytes.NewReader(raw)), nil
		}),
	)
	return Artifact{
		Digest:   digest.FromString("artifact of " + root.Digest.String()).String(),
		Manifest: root.Digest.String(),
		Layout:   out.Bytes(),
		Size:     i.size,
	}
}
