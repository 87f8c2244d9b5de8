package layout

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Visitor takes in what a layout holds. Blobs come before the manifests that name them are told to be whole.
type Visitor struct {
	// Announce is called for each manifest as it passes, before anything that it names. It may be nil.
	Announce func(d v1.Descriptor, raw []byte) error
	// Blob is called for each config and layer, as it passes. What it does not read is skipped; what it read is
	// verified before Read goes on.
	Blob func(ctx context.Context, d v1.Descriptor, r io.Reader) error
	// Manifest is called for each manifest when all that it names has passed: children first, the root last.
	Manifest func(ctx context.Context, d v1.Descriptor, raw []byte) error
}

// maxIndex bounds a layout's index, in bytes.
const maxIndex = 1 << 20

// Read reads a layout in one pass, verifies every digest and size, and returns its root. A layout that is not in order,
// lacks something or has something that nothing names is refused.
func Read(ctx context.Context, r io.Reader, visit Visitor) (v1.Descriptor, error) {
	in := &reader{visit: visit, wanted: map[digest.Digest]v1.Descriptor{}, passed: map[digest.Digest]bool{}}
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return in.root, fmt.Errorf("read the layout: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return in.root, err
		}
		if header.Typeflag == tar.TypeDir {
			continue
		}
		if header.Typeflag != tar.TypeReg {
			return in.root, fmt.Errorf("the layout holds %.80q, which is no file", header.Name)
		}
		if err := in.entry(ctx, header, archive); err != nil {
			return in.root, err
		}
	}
	return in.root, in.end(ctx)
}

type reader struct {
	visit     Visitor
	root      v1.Descriptor
	wanted    map[digest.Digest]v1.Descriptor
	passed    map[digest.Digest]bool
	manifests []kept
}

type kept struct {
	d   v1.Descriptor
	raw []byte
}

func (r *reader) entry(ctx context.Context, header *tar.Header, body io.Reader) error {
	switch header.Name {
	case fileLayout:
		return nil
	case fileIndex:
		return r.index(body)
	}
	name, ok := digestOf(header.Name)
	if !ok {
		return fmt.Errorf("the layout holds %.80q, which does not belong there", header.Name)
	}
	d, ok := r.wanted[name]
	switch {
	case !ok:
		return fmt.Errorf("the layout holds %s before, or without, what names it", name)
	case r.passed[name]:
		return fmt.Errorf("the layout holds %s twice", name)
	case header.Size != d.Size:
		return fmt.Errorf("blob %s has %d bytes and should have %d", name, header.Size, d.Size)
	}
	r.passed[name] = true
	if IsManifest(d.MediaType) {
		return r.manifest(body, d)
	}
	verified := Verified(body, d)
	if err := r.visit.Blob(ctx, d, verified); err != nil {
		return err
	}
	if verified.read == 0 && d.Size > 0 {
		return nil // skipped on purpose
	}
	_, err := io.Copy(io.Discard, verified)
	return err
}

func (r *reader) index(body io.Reader) error {
	if r.root.Digest != "" {
		return errors.New("the layout has two indexes")
	}
	raw, err := io.ReadAll(io.LimitReader(body, maxIndex))
	if err != nil {
		return err
	}
	var index v1.Index
	if err := json.Unmarshal(raw, &index); err != nil {
		return fmt.Errorf("the layout's index is malformed: %w", err)
	}
	if len(index.Manifests) != 1 || !IsManifest(index.Manifests[0].MediaType) {
		return errors.New("the layout's index must name one manifest")
	}
	r.root = index.Manifests[0]
	if err := r.root.Digest.Validate(); err != nil {
		return fmt.Errorf("the layout's index names %.80q: %w", r.root.Digest, err)
	}
	r.wanted[r.root.Digest] = r.root
	return nil
}

func (r *reader) manifest(body io.Reader, d v1.Descriptor) error {
	raw, err := readSmall(body, d)
	if err != nil {
		return err
	}
	refs, err := Parse(d.MediaType, raw)
	if err != nil {
		return err
	}
	for _, child := range append(refs.Manifests, refs.Blobs...) {
		if known, ok := r.wanted[child.Digest]; ok && known.Size != child.Size {
			return fmt.Errorf("blob %s is named with two sizes", child.Digest)
		}
		r.wanted[child.Digest] = child
	}
	if len(r.wanted) > maxBlobs {
		return fmt.Errorf("the layout names more than %d blobs", maxBlobs)
	}
	r.manifests = append(r.manifests, kept{d, raw})
	if r.visit.Announce == nil {
		return nil
	}
	return r.visit.Announce(d, raw)
}

// end checks that nothing is missing and tells the manifests.
func (r *reader) end(ctx context.Context) error {
	if r.root.Digest == "" {
		return errors.New("the layout has no index")
	}
	for name := range r.wanted {
		if !r.passed[name] {
			return fmt.Errorf("the layout lacks %s", name)
		}
	}
	for i := len(r.manifests) - 1; i >= 0; i-- { // parents came first
		if err := r.visit.Manifest(ctx, r.manifests[i].d, r.manifests[i].raw); err != nil {
			return err
		}
	}
	return nil
}
