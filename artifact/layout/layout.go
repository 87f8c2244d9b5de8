// Package layout reads and writes OCI image layouts as tar streams: the form in which an artifact leaves a runtime and
// enters another. A layout of ours has an order that lets it be read in one pass: the index first, then manifests from
// the top down, then everything else, each blob once.
package layout

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Media types of Docker that mean the same as OCI's.
const (
	dockerManifest  = "application/vnd.docker.distribution.manifest.v2+json"
	dockerList      = "application/vnd.docker.distribution.manifest.list.v2+json"
	dockerLayer     = "application/vnd.docker.image.rootfs.diff.tar"
	dockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"
)

// MaxManifest bounds a manifest, in bytes.
const MaxManifest = 4 << 20

// maxBlobs bounds what one layout may name.
const maxBlobs = 10_000

// IsManifest reports whether a media type is a manifest's or an index's.
func IsManifest(mediaType string) bool {
	switch mediaType {
	case v1.MediaTypeImageManifest, v1.MediaTypeImageIndex, dockerManifest, dockerList:
		return true
	}
	return false
}

// References are what a manifest names.
type References struct {
	Manifests []v1.Descriptor // of an index
	Blobs     []v1.Descriptor // config and layers
}

// Parse reads a manifest or an index.
func Parse(mediaType string, raw []byte) (References, error) {
	var refs References
	switch mediaType {
	case v1.MediaTypeImageManifest, dockerManifest:
		var m v1.Manifest
		if err := json.Unmarshal(raw, &m); err != nil {
			return refs, fmt.Errorf("the manifest is malformed: %w", err)
		}
		refs.Blobs = append([]v1.Descriptor{m.Config}, m.Layers...)
	case v1.MediaTypeImageIndex, dockerList:
		var i v1.Index
		if err := json.Unmarshal(raw, &i); err != nil {
			return refs, fmt.Errorf("the index is malformed: %w", err)
		}
		refs.Manifests = i.Manifests
	default:
		return refs, fmt.Errorf("%q is not the media type of a manifest", mediaType)
	}
	if n := len(refs.Blobs) + len(refs.Manifests); n > maxBlobs {
		return refs, fmt.Errorf("the manifest names %d blobs, more than %d", n, maxBlobs)
	}
	for _, d := range append(refs.Manifests, refs.Blobs...) {
		if d.MediaType == v1.MediaTypeImageIndex || d.MediaType == dockerList {
			return refs, fmt.Errorf("the index names another index, %s: push the image of one platform", d.Digest)
		}
		if d.Digest.Validate() != nil || d.Digest.Algorithm() != digest.SHA256 || d.Size < 0 {
			return refs, fmt.Errorf(
				"the manifest names %.80q of %d bytes, which is no SHA-256 digest with a size",
				d.Digest,
				d.Size,
			)
		}
	}
	return refs, nil
}

const (
	fileIndex  = v1.ImageIndexFile
	fileLayout = v1.ImageLayoutFile
	blobFolder = v1.ImageBlobsDir + "/sha256"
)

func blobPath(d digest.Digest) string { return path.Join(blobFolder, d.Encoded()) }

// digestOf reads the digest out of a blob's path.
func digestOf(name string) (digest.Digest, bool) {
	hex, ok := strings.CutPrefix(path.Clean(name), blobFolder+"/")
	d := digest.NewDigestFromEncoded(digest.SHA256, hex)
	return d, ok && d.Validate() == nil
}

func indexOf(root v1.Descriptor) v1.Index {
	return v1.Index{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: v1.MediaTypeImageIndex,
		Manifests: []v1.Descriptor{root},
	}
}

// Descriptor is how a manifest of raw bytes is named.
func Descriptor(mediaType string, raw []byte) v1.Descriptor {
	return v1.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(raw), Size: int64(len(raw))}
}

// ManifestTypes are the media types of manifests, for a request that accepts any.
func ManifestTypes() []string {
	return []string{v1.MediaTypeImageManifest, v1.MediaTypeImageIndex, dockerManifest, dockerList}
}
