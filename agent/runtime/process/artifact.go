//go:build linux

package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/agent/disk"
	"github.com/syntra-dev/syntra/agent/runtime"
)

// manifest says how to run a built tree. It lies beside the tree.
type manifest struct {
	Command string `json:"command,omitempty"`
	Static  string `json:"static,omitempty"` // folder to serve, relative to the tree; "." is all of it
	// Fallback is the page that answers paths without a file.
	Fallback string    `json:"fallback,omitempty"`
	Size     int64     `json:"size"`
	Made     time.Time `json:"made"` // last built
}

const (
	manifestFile = "artifact.json"
	treeFolder   = "tree"
)

func (r *Runtime) artifactDir(digest string) string {
	return filepath.Join(r.opts.Dir, "artifacts", strings.TrimPrefix(digest, "sha256:"))
}

func (r *Runtime) treeOf(digest string) string {
	return filepath.Join(r.artifactDir(digest), treeFolder)
}

func validDigest(digest string) bool {
	hex, ok := strings.CutPrefix(digest, "sha256:")
	return ok && len(hex) == 64 && strings.Trim(hex, "0123456789abcdef") == ""
}

func (r *Runtime) artifact(digest string) (manifest, error) {
	var m manifest
	gone := &runtime.Error{Code: runtime.CodeNoArtifact, Message: fmt.Sprintf("the artifact %.19s is not on this server any more: deploy again", digest)}
	if !validDigest(digest) {
		return m, gone
	}
	raw, err := os.ReadFile(filepath.Join(r.artifactDir(digest), manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, gone
	}
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err != nil {
		return m, fmt.Errorf("artifact %.19s: %w", digest, err)
	}
	return m, nil
}

// Has says whether the artifact is in the store.
func (r *Runtime) Has(_ context.Context, digest string) (bool, error) {
	_, err := r.artifact(digest)
	if runtime.CodeOf(err) == runtime.CodeNoArtifact {
		return false, nil
	}
	return err == nil, err
}

// run is how to run it, as far as it is part of what the artifact is.
func (m manifest) run() string {
	if m.Fallback != "" {
		return m.Command + "\x00" + m.Static + "\x00" + m.Fallback
	}
	return m.Command + "\x00" + m.Static
}

// keepArtifact moves a built tree into the store and answers its digest.
func (r *Runtime) keepArtifact(ctx context.Context, tree string, m manifest) (string, error) {
	digest, err := hashTree(ctx, tree, m.run())
	if err != nil {
		return "", err
	}
	return digest, r.store(digest, tree, m)
}

// store moves a tree into the store under its digest.
func (r *Runtime) store(digest, tree string, m manifest) error {
	// The manifest says that the tree is there: it must not reach the disk before.
	if err := flush(tree); err != nil {
		return err
	}
	m.Made = time.Now()
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	r.mu.Lock() // against two builds of one content, and against Prune
	defer r.mu.Unlock()
	dir := r.artifactDir(digest)
	if exists(filepath.Join(dir, manifestFile)) {
		return writeAtomic(filepath.Join(dir, manifestFile), raw)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if err := os.Rename(tree, filepath.Join(dir, treeFolder)); err != nil {
		return err
	}
	if err := errors.Join(disk.SyncDir(dir), disk.SyncDir(filepath.Dir(dir))); err != nil {
		return err
	}
	return writeAtomic(filepath.Join(dir, manifestFile), raw)
}

// Prune deletes artifacts that keep does not hold, that no replica was made of, and that are older than PruneAge.
func (r *Runtime) Prune(ctx context.Context, keep map[string]bool) (deleted int, err error) {
	instances, err := r.Instances(ctx, "")
	if err != nil {
		return 0, err
	}
	used := map[string]bool{}
	for _, i := range instances {
		used[i.Digest] = true
	}
	entries, err := os.ReadDir(filepath.Join(r.opts.Dir, "artifacts"))
	if err != nil {
		return deleted, fmt.Errorf("prune artifacts: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range entries {
		digest := "sha256:" + e.Name()
		m, err := r.artifact(digest)
		if keep[digest] || used[digest] || (err == nil && time.Since(m.Made) < r.opts.PruneAge) {
			continue
		}
		// The manifest goes first: without it the artifact is gone, whatever a crash leaves.
		if err := os.Remove(filepath.Join(r.artifactDir(digest), manifestFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return deleted, fmt.Errorf("prune artifacts: %w", err)
		}
		if err := os.RemoveAll(r.artifactDir(digest)); err != nil {
			return deleted, fmt.Errorf("prune artifacts: %w", err)
		}
		deleted++
	}
	return deleted, nil
}
