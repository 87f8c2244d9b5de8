package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/artifact/layout"
)

// saved is the engine's own list of what an archive of images holds. Every engine writes one.
type saved struct {
	Config   string
	RepoTags []string
	Layers   []string
}

const savedFile = "manifest.json"

// Export writes an image as an OCI image layout.
//
// An engine that keeps layers unpacked (graph drivers) names an image by its config: its manifest is made here, over
// compressed layers. One that keeps them as they were pulled or built (the containerd image store) names it by its
// manifest, which therefore travels byte by byte.
func (r *Runtime) Export(ctx context.Context, id string, to io.Writer) error {
	has, err := r.Has(ctx, id)
	if err == nil && !has {
		err = noImage(id)
	}
	if err != nil {
		return err
	}
	dir, done, err := r.scratch()
	if err != nil {
		return fmt.Errorf("export image %.19s: %w", id, err)
	}
	defer done()
	if err := r.save(ctx, id, dir); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("export image %.19s: %w", id, err)
	}
	defer root.Close()
	if err := exportFrom(ctx, root, id, dir, to); err != nil {
		return fmt.Errorf("export image %.19s: %w", id, err)
	}
	return nil
}

// exportFrom writes the layout of an image out of the engine's archive, which root holds unpacked. dir is for what is
// packed.
func exportFrom(ctx context.Context, root *os.Root, id, dir string, to io.Writer) error {
	whole, ok := rootOf(root, id)
	if !ok {
		return repack(ctx, root, id, dir, to)
	}
	return layout.Write(ctx, to, whole, func(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
		return root.Open(blobName(d.Digest))
	})
}

func noImage(id string) error {
	return &runtime.Error{
		Code:    runtime.CodeNoArtifact,
		Message: fmt.Sprintf("the image %.19s is not on this server any more: deploy again", id),
	}
}

// save unpacks the engine's archive of an image into a folder.
func (r *Runtime) save(ctx context.Context, id, dir string) error {
	api, err := r.engine()
	if err != nil {
		return err
	}
	archive, err := api.ImageSave(ctx, []string{id})
	if cerrdefs.IsNotFound(err) {
		return noImage(id)
	}
	if err != nil {
		return r.wrap(err, "export image %.19s", id)
	}
	defer archive.Close()
	return r.wrap(unpack(archive, dir), "export image %.19s", id)
}

// rootOf finds the manifest that names the image, where the archive is a layout of one.
func rootOf(root *os.Root, id string) (v1.Descriptor, bool) {
	var index v1.Index
	if readJSON(root, v1.ImageIndexFile, &index) != nil {
		return v1.Descriptor{}, false
	}
	for _, d := range index.Manifests {
		if d.Digest.String() == id {
			return v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}, true
		}
	}
	return v1.Descriptor{}, false
}

// repack makes a manifest for an image that is named by its config.
func repack(ctx context.Context, root *os.Root, id, dir string, to io.Writer) error {
	var all []saved
	if err := readJSON(root, savedFile, &all); err != nil {
		return err
	}
	if len(all) != 1 {
		return fmt.Errorf("the engine's archive holds %d images", len(all))
	}
	config, err := root.ReadFile(all[0].Config)
	if err != nil {
		return err
	}
	if is := digest.FromBytes(config).String(); is != id {
		return fmt.Errorf("the engine's archive holds image %.19s", is)
	}
	pack := layout.NewPack(dir)
	layers := []v1.Descriptor{}
	for _, name := range all[0].Layers {
		layer, err := pack.Layer(func(w io.Writer) error { return copyOut(ctx, root, name, w) })
		if err != nil {
			return err
		}
		layers = append(layers, layer)
	}
	return pack.Write(ctx, to, "", pack.Bytes(v1.MediaTypeImageConfig, config), layers)
}

func copyOut(ctx context.Context, root *os.Root, name string, w io.Writer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := root.Open(name) // the root resolves links that the engine makes between equal layers
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

func readJSON(root *os.Root, name string, into any) error {
	raw, err := root.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s in the engine's archive: %w", name, err)
	}
	return nil
}

// scratchPrefix is what this scope's working folders begin with.
func (r *Runtime) scratchPrefix() string { return "syntra-export-" + r.scopeHash() + "-" }

func (r *Runtime) scratchDir() string {
	if r.opts.Scratch == "" {
		return os.TempDir()
	}
	return r.opts.Scratch
}

// scratch makes a working folder.
func (r *Runtime) scratch() (dir string, done func(), err error) {
	if err := os.MkdirAll(r.scratchDir(), 0o700); err != nil {
		return "", nil, err
	}
	dir, err = os.MkdirTemp(r.scratchDir(), r.scratchPrefix())
	return dir, func() {
		if err := os.RemoveAll(dir); err != nil {
			r.logger.Warn("a working folder stays", "dir", dir, "error", err)
		}
	}, err
}

// sweepScratch deletes what a crash left.
func (r *Runtime) sweepScratch() error {
	left, err := filepath.Glob(filepath.Join(r.scratchDir(), r.scratchPrefix()+"*"))
	for _, dir := range left {
		if gone := os.RemoveAll(dir); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	if err != nil {
		return fmt.Errorf("docker runtime: delete what was being exported: %w", err)
	}
	return nil
}
