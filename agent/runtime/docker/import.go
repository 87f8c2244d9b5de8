package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/docker/docker/client"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/artifact/layout"
)

// Import gives the engine the image of a layout, and tags it, so that it stays.
func (r *Runtime) Import(ctx context.Context, id string, from io.Reader) error {
	api, err := r.engine()
	if err != nil {
		return err
	}
	has, err := r.Has(ctx, id)
	if err != nil {
		return err
	}
	if !has {
		if err := r.load(ctx, api, id, from); err != nil {
			return err
		}
		if has, err = r.Has(ctx, id); err != nil {
			return err
		}
		if !has {
			return badArtifact(
				"the engine took image %.19s in under another digest. Do both servers' engines keep images the same way?"+
					" (`docker info`: the containerd image store, or not)",
				id,
			)
		}
	}
	return r.wrap(api.ImageTag(ctx, id, r.importTag(id)), "tag image %.19s", id)
}

func badArtifact(format string, args ...any) error {
	return &runtime.Error{Code: runtime.CodeBadArtifact, Message: fmt.Sprintf(format, args...)}
}

// load streams the layout to the engine. The engine looks at an archive when it has it whole: one that breaks leaves
// nothing.
func (r *Runtime) load(ctx context.Context, api *client.Client, id string, from io.Reader) error {
	reader, writer := io.Pipe()
	read := make(chan error, 1)
	go func() {
		err := archiveOf(ctx, id, from, writer)
		_ = writer.CloseWithError(err) // nil is io.EOF
		read <- err
	}()
	// The client does not look at its context while it sends the body, so the body must end with the context.
	stop := context.AfterFunc(ctx, func() { _ = reader.CloseWithError(ctx.Err()) })
	defer stop()
	res, err := api.ImageLoad(ctx, reader, client.ImageLoadWithQuiet(true))
	if err == nil {
		err = loaded(res.Body)
	}
	_ = reader.CloseWithError(errEnded)
	// Why the archive broke says more than that it broke.
	if cause := <-read; cause != nil && !errors.Is(cause, errEnded) {
		return fmt.Errorf("import image %.19s: %w", id, cause)
	}
	return r.wrap(err, "import image %.19s", id)
}

var errEnded = errors.New("the engine has ended")

// loaded reads what the engine says of an archive.
func loaded(body io.ReadCloser) error {
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

// archiveOf writes the archive that engines load: the layout, which the containerd image store reads, and beside it the
// list that graph drivers read.
func archiveOf(ctx context.Context, id string, from io.Reader, to io.Writer) error {
	out := tar.NewWriter(to)
	var list []saved
	root, err := layout.Read(ctx, from, layout.Visitor{
		Announce: func(d v1.Descriptor, raw []byte) error {
			entry, named, err := listed(d, raw)
			if err == nil && len(list) == 0 && d.Digest.String() != id && named != id {
				err = badArtifact("image %.19s arrived as %.19s: deploy the service again", id, d.Digest)
			}
			list = append(list, entry)
			return err
		},
		Blob: func(_ context.Context, d v1.Descriptor, body io.Reader) error {
			return write(out, blobName(d.Digest), d.Size, body)
		},
		Manifest: func(_ context.Context, d v1.Descriptor, raw []byte) error {
			return write(out, blobName(d.Digest), d.Size, bytes.NewReader(raw))
		},
	})
	if err != nil {
		return err
	}
	index, err := json.Marshal(
		v1.Index{
			Versioned: specs.Versioned{SchemaVersion: 2},
			MediaType: v1.MediaTypeImageIndex,
			Manifests: []v1.Descriptor{root},
		},
	)
	if err != nil {
		return err
	}
	images := []saved{}
	for _, entry := range list {
		if entry.Config != "" {
			images = append(images, entry)
			break
		}
	}
	names, err := json.Marshal(images)
	if err != nil {
		return err
	}
	version := []byte(`{"imageLayoutVersion":"` + v1.ImageLayoutVersion + `"}`)
	for name, raw := range map[string][]byte{v1.ImageIndexFile: index, v1.ImageLayoutFile: version, savedFile: names} {
		if err := write(out, name, int64(len(raw)), bytes.NewReader(raw)); err != nil {
			return err
		}
	}
	return out.Close()
}

// listed is a manifest as engines list it, and the digest by which graph drivers name it.
func listed(d v1.Descriptor, raw []byte) (entry saved, named string, err error) {
	refs, err := layout.Parse(d.MediaType, raw)
	if err != nil || len(refs.Blobs) == 0 {
		return entry, "", err // an index
	}
	entry = saved{Config: blobName(refs.Blobs[0].Digest), Layers: []string{}}
	for _, layer := range refs.Blobs[1:] {
		entry.Layers = append(entry.Layers, blobName(layer.Digest))
	}
	return entry, refs.Blobs[0].Digest.String(), nil
}

func blobName(d digest.Digest) string { return path.Join(v1.ImageBlobsDir, "sha256", d.Encoded()) }

func write(out *tar.Writer, name string, size int64, body io.Reader) error {
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644}); err != nil {
		return err
	}
	_, err := io.Copy(out, body)
	return err
}
