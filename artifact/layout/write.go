package layout

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Fetch opens what a descriptor names. Whoever called it closes the reader.
type Fetch func(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error)

// Write writes the layout of root and of all that it names, in the order that Read needs. Everything that fetch returns
// is verified on its way: a layout that Write ended without an error is whole.
func Write(ctx context.Context, w io.Writer, root v1.Descriptor, fetch Fetch) error {
	out := &writer{tar: tar.NewWriter(w), fetch: fetch, seen: map[digest.Digest]bool{}}
	if !IsManifest(root.MediaType) {
		return fmt.Errorf("%q is not the media type of a manifest", root.MediaType)
	}
	version, err := json.Marshal(v1.ImageLayout{Version: v1.ImageLayoutVersion})
	if err != nil {
		return err
	}
	index, err := json.Marshal(indexOf(root))
	if err != nil {
		return err
	}
	if err := out.file(fileLayout, version); err != nil {
		return err
	}
	if err := out.file(fileIndex, index); err != nil {
		return err
	}
	if err := out.manifest(ctx, root); err != nil {
		return err
	}
	for _, d := range out.blobs {
		if err := out.blob(ctx, d); err != nil {
			return err
		}
	}
	return out.tar.Close()
}

type writer struct {
	tar   *tar.Writer
	fetch Fetch
	seen  map[digest.Digest]bool
	blobs []v1.Descriptor
}

func (w *writer) file(name string, content []byte) error {
	return w.entry(name, int64(len(content)), bytes.NewReader(content))
}

func (w *writer) entry(name string, size int64, r io.Reader) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, Format: tar.FormatPAX}
	if err := w.tar.WriteHeader(header); err != nil {
		return err
	}
	n, err := io.Copy(w.tar, r)
	if err == nil && n != size {
		err = fmt.Errorf("%s has %d bytes and should have %d", name, n, size)
	}
	return err
}

// manifest writes a manifest and those below it, and notes their blobs.
func (w *writer) manifest(ctx context.Context, d v1.Descriptor) error {
	if w.seen[d.Digest] {
		return nil
	}
	w.seen[d.Digest] = true
	raw, err := w.small(ctx, d)
	if err != nil {
		return err
	}
	refs, err := Parse(d.MediaType, raw)
	if err != nil {
		return err
	}
	if err := w.file(blobPath(d.Digest), raw); err != nil {
		return err
	}
	for _, child := range refs.Manifests {
		if err := w.manifest(ctx, child); err != nil {
			return err
		}
	}
	w.blobs = append(w.blobs, refs.Blobs...)
	if len(w.seen)+len(w.blobs) > maxBlobs {
		return fmt.Errorf("the layout names more than %d blobs", maxBlobs)
	}
	return nil
}

func (w *writer) small(ctx context.Context, d v1.Descriptor) ([]byte, error) {
	r, err := w.fetch(ctx, d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readSmall(r, d)
}

func (w *writer) blob(ctx context.Context, d v1.Descriptor) error {
	if w.seen[d.Digest] {
		return nil
	}
	w.seen[d.Digest] = true
	r, err := w.fetch(ctx, d)
	if err != nil {
		return err
	}
	defer r.Close()
	return w.entry(blobPath(d.Digest), d.Size, Verified(r, d))
}

// Manifest is a manifest for a config and layers, as bytes.
func Manifest(artifactType string, config v1.Descriptor, layers []v1.Descriptor) ([]byte, error) {
	return json.Marshal(v1.Manifest{
		Versioned:    specs.Versioned{SchemaVersion: 2},
		MediaType:    v1.MediaTypeImageManifest,
		ArtifactType: artifactType,
		Config:       config,
		Layers:       layers,
	})
}
