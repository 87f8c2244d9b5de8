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
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/artifact/layout"
)

// Import unpacks a tree that Export wrote, and keeps it if it is the artifact of the digest.
func (r *Runtime) Import(ctx context.Context, digest string, from io.Reader) error {
	if !validDigest(digest) {
		return badArtifact("%.80q is no digest of an artifact", digest)
	}
	dir, done, err := r.scratch("import-")
	if err != nil {
		return fmt.Errorf("import artifact %.19s: %w", digest, err)
	}
	defer done()
	tree := filepath.Join(dir, treeFolder)
	if err := os.Mkdir(tree, 0o700); err != nil {
		return fmt.Errorf("import artifact %.19s: %w", digest, err)
	}
	var m portable
	_, err = layout.Read(ctx, from, layout.Visitor{
		Announce: func(d v1.Descriptor, raw []byte) error {
			refs, err := layout.Parse(d.MediaType, raw)
			if err == nil && (len(refs.Blobs) != 2 || refs.Blobs[0].MediaType != treeConfig) {
				err = badArtifact(
					"artifact %.19s arrived as something else than a built file tree: deploy the service again",
					digest,
				)
			}
			return err
		},
		Blob: func(ctx context.Context, d v1.Descriptor, body io.Reader) error {
			if d.MediaType == treeConfig {
				return json.NewDecoder(io.LimitReader(body, maxConfig)).Decode(&m)
			}
			return untar(ctx, d, body, tree)
		},
		Manifest: func(context.Context, v1.Descriptor, []byte) error { return nil },
	})
	if err != nil {
		return fmt.Errorf("import artifact %.19s: %w", digest, err)
	}
	kept := manifest{Command: m.Command, Static: m.Static, Fallback: m.Fallback}
	if kept.Size, err = sizeOf(ctx, tree); err != nil {
		return fmt.Errorf("import artifact %.19s: %w", digest, err)
	}
	// The tree itself says which artifact it is.
	is, err := hashTree(ctx, tree, kept.run())
	if err != nil {
		return fmt.Errorf("import artifact %.19s: %w", digest, err)
	}
	if is != digest {
		return badArtifact("artifact %.19s arrived as %.19s: deploy the service again", digest, is)
	}
	if err := r.store(digest, tree, kept); err != nil {
		return fmt.Errorf("import artifact %.19s: %w", digest, err)
	}
	return nil
}

// maxConfig bounds a config, in bytes.
const maxConfig = 1 << 20

func badArtifact(format string, args ...any) error {
	return &runtime.Error{Code: runtime.CodeBadArtifact, Message: fmt.Sprintf(format, args...)}
}

// untar unpacks a layer. Whatever it holds stays below dir: names are resolved there by the kernel, and links are only
// made, never followed.
func untar(ctx context.Context, d v1.Descriptor, body io.Reader, dir string) error {
	unpacked, err := layout.Unpacked(d, body)
	if err != nil {
		return err
	}
	defer unpacked.Close()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var folders []*tar.Header
	for in := tar.NewReader(unpacked); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(h.Name, "/")
		switch h.Typeflag {
		case tar.TypeDir:
			if err := root.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
			folders = append(folders, h)
			continue
		case tar.TypeSymlink:
			if err := root.Symlink(h.Linkname, name); err != nil {
				return err
			}
			continue
		case tar.TypeReg:
		default:
			return fmt.Errorf("%.80q is neither a file nor a folder nor a link", h.Name)
		}
		if err := writeEntry(root, name, h, in); err != nil {
			return err
		}
	}
	// Folders last, from the innermost: what is written into one changes its time, and it may be read-only.
	for i := len(folders) - 1; i >= 0; i-- {
		if err := finishEntry(root, strings.TrimSuffix(folders[i].Name, "/"), folders[i], 0o700); err != nil {
			return err
		}
	}
	return nil
}

func writeEntry(root *os.Root, name string, h *tar.Header, body io.Reader) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return finishEntry(root, name, h, 0)
}

// finishEntry sets the permissions and the time. add are permissions that the agent needs.
func finishEntry(root *os.Root, name string, h *tar.Header, add fs.FileMode) error {
	return errors.Join(root.Chmod(name, fs.FileMode(h.Mode).Perm()|add), root.Chtimes(name, h.ModTime, h.ModTime))
}

// Artifacts lists the store.
func (r *Runtime) Artifacts(context.Context) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(r.opts.Dir, "artifacts"))
	if err != nil {
		return nil, fmt.Errorf("list artifacts: %w", err)
	}
	all := []string{}
	for _, e := range entries {
		if digest := "sha256:" + e.Name(); validDigest(digest) &&
			exists(filepath.Join(r.artifactDir(digest), manifestFile)) {
			all = append(all, digest)
		}
	}
	return all, nil
}
