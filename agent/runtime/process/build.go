//go:build linux

package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Build copies the source, runs its build commands there with the host's tools, and keeps the tree by its content.
// Arguments and secrets are variables of the build's environment.
func (r *Runtime) Build(ctx context.Context, spec runtime.BuildSpec, out io.Writer) (runtime.Artifact, error) {
	log := runtime.NewBuildLog(out, spec)
	defer log.Flush()
	dir, err := os.MkdirTemp(filepath.Join(r.opts.Dir, "builds"), "build-")
	if err != nil {
		return runtime.Artifact{}, fmt.Errorf("build: %w", err)
	}
	defer func() {
		if err := errors.Join(killMarked(dir), os.RemoveAll(dir)); err != nil {
			r.logger.Warn("a build's folder stays", "dir", dir, "error", err)
		}
	}()
	tree := filepath.Join(dir, treeFolder)
	err = copyFits(ctx, spec.Dir, tree, r.opts.Dir, "the source")
	if runtime.CodeOf(err) != "" {
		return runtime.Artifact{}, err
	}
	if err != nil {
		return runtime.Artifact{}, fmt.Errorf("build: copy the source: %w", err)
	}
	if err := os.RemoveAll(filepath.Join(tree, ".git")); err != nil {
		return runtime.Artifact{}, fmt.Errorf("build: %w", err)
	}
	plan, err := planOf(tree, spec.Service, spec.Command)
	if err != nil {
		return runtime.Artifact{}, err
	}
	sayPlan(log, plan)
	for _, script := range slices.Concat(plan.Install, plan.Build) {
		log.Printf("$ %s", script)
		if err := runScript(ctx, tree, script, r.buildEnv(dir, spec), log); err != nil {
			return runtime.Artifact{}, err
		}
	}
	if err := relocate(tree); err != nil {
		return runtime.Artifact{}, fmt.Errorf("build: make the virtual environment movable: %w", err)
	}
	m, err := runBy(tree, plan)
	if err != nil {
		return runtime.Artifact{}, err
	}
	if m.Size, err = sizeOf(ctx, tree); err != nil {
		return runtime.Artifact{}, fmt.Errorf("build: %w", err)
	}
	if spec.MaxBytes > 0 && m.Size > spec.MaxBytes {
		return runtime.Artifact{}, &runtime.Error{Code: runtime.CodeTooBig, Message: fmt.Sprintf(
			"the artifact has %d MB, over the limit of %d MB (run.disk_mb): leave out what the program does not need to run",
			m.Size>>20, spec.MaxBytes>>20)}
	}
	digest, err := r.keepArtifact(ctx, tree, m)
	if err != nil {
		return runtime.Artifact{}, fmt.Errorf("build: keep the artifact: %w", err)
	}
	log.Printf("built %.19s (%.1f MB)", digest, float64(m.Size)/(1<<20))
	return runtime.Artifact{Digest: digest, SizeBytes: m.Size}, nil
}

// sweepBuilds ends builds that a killed agent left running.
func (r *Runtime) sweepBuilds() {
	entries, err := os.ReadDir(filepath.Join(r.opts.Dir, "builds"))
	if err != nil {
		return
	}
	for _, e := range entries {
		dir := filepath.Join(r.opts.Dir, "builds", e.Name())
		if err := errors.Join(killMarked(dir), os.RemoveAll(dir)); err != nil {
			r.logger.Warn("a build's folder stays", "dir", dir, "error", err)
		}
	}
}
