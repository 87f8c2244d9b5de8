package layout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Pack collects the blobs of one artifact in a folder, so that their digests are known before the first is sent. The
// same content gives the same bytes with the same version of Syntra; with another the compression may differ, and with
// it the manifest, though not the artifact.
type Pack struct {
	dir   string
	small map[digest.Digest][]byte
}

// NewPack uses a folder, which is its own.
func NewPack(dir string) *Pack { return &Pack{dir: dir, small: map[digest.Digest][]byte{}} }

// Bytes adds a small blob.
func (p *Pack) Bytes(mediaType string, raw []byte) v1.Descriptor {
	d := Descriptor(mediaType, raw)
	p.small[d.Digest] = raw
	return d
}

// Layer adds a layer, compressed: write writes its tar.
func (p *Pack) Layer(write func(io.Writer) error) (v1.Descriptor, error) {
	var d v1.Descriptor
	f, err := os.CreateTemp(p.dir, "layer-")
	if err != nil {
		return d, fmt.Errorf("pack a layer: %w", err)
	}
	defer f.Close()
	sum := digest.SHA256.Digester()
	count := &counter{}
	packed, err := gzip.NewWriterLevel(io.MultiWriter(f, sum.Hash(), count), gzip.BestSpeed)
	if err != nil {
		return d, err
	}
	if err := errors.Join(write(packed), packed.Close(), f.Close()); err != nil {
		return d, fmt.Errorf("pack a layer: %w", err)
	}
	d = v1.Descriptor{MediaType: v1.MediaTypeImageLayerGzip, Digest: sum.Digest(), Size: count.n}
	if err := os.Rename(f.Name(), p.path(d.Digest)); err != nil {
		return d, fmt.Errorf("pack a layer: %w", err)
	}
	return d, nil
}

// Write writes the layout of a manifest over a config and layers that were added.
func (p *Pack) Write(
	ctx context.Context,
	w io.Writer,
	artifactType string,
	config v1.Descriptor,
	layers []v1.Descriptor,
) error {
	raw, err := Manifest(artifactType, config, layers)
	if err != nil {
		return err
	}
	return Write(
		ctx,
		w,
		p.Bytes(v1.MediaTypeImageManifest, raw),
		func(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
			if raw, ok := p.small[d.Digest]; ok {
				return io.NopCloser(bytes.NewReader(raw)), nil
			}
			return os.Open(p.path(d.Digest))
		},
	)
}

func (p *Pack) path(d digest.Digest) string { return filepath.Join(p.dir, d.Encoded()) }

type counter struct{ n int64 }

// Write implements io.Writer.
func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// Unpacked reads a layer's tar, decompressed where its media type says so.
func Unpacked(d v1.Descriptor, r io.Reader) (io.ReadCloser, error) {
	switch d.MediaType {
	case v1.MediaTypeImageLayer, dockerLayer:
		return io.NopCloser(r), nil
	case v1.MediaTypeImageLayerGzip, dockerLayerGzip:
		return gzip.NewReader(r)
	}
	return nil, fmt.Errorf("layer %s is a %.80q, which cannot be unpacked here", d.Digest, d.MediaType)
}
