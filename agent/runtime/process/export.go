//go:build linux

package process

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/syntra-dev/syntra/artifact/layout"
)

// Media types of a file tree as an OCI artifact: its config is how to run it, its one layer the tree.
const (
	treeArtifact = "application/vnd.syntra.tree.v1"
	treeConfig   = "application/vnd.syntra.tree.config.v1+json"
)

// portable is the part of a manifest that is the artifact's everywhere.
type portable struct {
	Digest  string `json:"digest"`
	Command string `json:"command,omitempty"`
	Static  string `json:"static,omitempty"`
	// Fallback goes with Static.
	Fallback string `json:"fallback,omitempty"`
}

// Export writes a built tree as an OCI image layout.
func (r *Runtime) Export(ctx context.Context, digest string, to io.Writer) error {
	m, err := r.artifact(digest)
	if err != nil {
		return err
	}
	dir, done, err := r.scratch("export-")
	if err != nil {
		return fmt.Errorf("export artifact %.19s: %w", digest, err)
	}
	defer done()
	config, err := json.Marshal(portable{Digest: digest, Command: m.Command, Static: m.Static, Fallback: m.Fallback})
	if err != nil {
		return err
	}
	pack := layout.NewPack(dir)
	layer, err := pack.Layer(func(w io.Writer) error { return tarTree(ctx, r.treeOf(digest), w) })
	if errors.Is(err, fs.ErrNotExist) {
		_, gone := r.artifact(digest) // pruned meanwhile
		err = errors.Join(gone, err)
	}
	if err == nil {
		err = pack.Write(ctx, to, treeArtifact, pack.Bytes(treeConfig, config), []v1.Descriptor{layer})
	}
	if err != nil {
		return fmt.Errorf("export artifact %.19s: %w", digest, err)
	}
	return nil
}

// scratch makes a folder that a crash does not leave for long: the next Open ends it like a build's.
func (r *Runtime) scratch(prefix string) (dir string, done func(), err error) {
	dir, err = os.MkdirTemp(filepath.Join(r.opts.Dir, "builds"), prefix)
	return dir, func() {
		if err := os.RemoveAll(dir); err != nil {
			r.logger.Warn("a working folder stays", "dir", dir, "error", err)
		}
	}, err
}

// tarTree writes a tree as the same bytes each time: in lexical order, without owners, times to the second.
func tarTree(ctx context.Context, root string, w io.Writer) error {
	out := tar.NewWriter(w)
	err := walk(ctx, root, func(rel, path string, info fs.FileInfo) error {
		if rel == "." {
			return nil
		}
		h := &tar.Header{
			Name: filepath.ToSlash(
				rel,
			), Mode: int64(info.Mode().Perm()), ModTime: info.ModTime().Truncate(time.Second), Format: tar.FormatPAX,
		}
		switch {
		case info.IsDir():
			h.Typeflag, h.Name = tar.TypeDir, h.Name+"/"
			return out.WriteHeader(h)
		case info.Mode().Type() == fs.ModeSymlink:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			h.Typeflag, h.Linkname = tar.TypeSymlink, link
			return out.WriteHeader(h)
		}
		h.Typeflag, h.Size = tar.TypeReg, info.Size()
		if err := out.WriteHeader(h); err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(out, f)
		return err
	})
	return errors.Join(err, out.Close())
}
