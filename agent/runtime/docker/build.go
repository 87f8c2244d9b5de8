package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/moby/buildkit/identity"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/source"
)

// raceTries is how often a build is tried when the engine trips over a removal of the same content.
const raceTries = 5

// Build sends the source to the engine's BuildKit. The image is tagged for its deployment, so that it stays.
func (r *Runtime) Build(ctx context.Context, spec runtime.BuildSpec, out io.Writer) (runtime.Artifact, error) {
	log := runtime.NewBuildLog(out, spec)
	defer log.Flush()
	file := spec.Dockerfile
	if file == "" {
		file = "Dockerfile"
	}
	info, err := os.Stat(filepath.Join(spec.Dir, filepath.FromSlash(file)))
	switch {
	case err == nil && info.Mode().IsRegular():
	case spec.Dockerfile != "":
		return runtime.Artifact{}, &runtime.Error{Code: runtime.CodeBadSource,
			Message: fmt.Sprintf("the source has no %s: add one, or change build.dockerfile", file)}
	default:
		generated, done, err := generate(spec, log)
		if err != nil {
			return runtime.Artifact{}, err
		}
		defer done()
		file = generated
	}
	api, err := r.engine()
	if err != nil {
		return runtime.Artifact{}, err
	}
	id, err := r.solve(ctx, api, spec, file, log)
	for try := 1; errors.Is(err, errRaced) && try < raceTries; try++ {
		id, err = r.solve(ctx, api, spec, file, log)
	}
	if err != nil {
		if ctx.Err() != nil {
			return runtime.Artifact{}, fmt.Errorf("build: %w", ctx.Err())
		}
		return runtime.Artifact{}, err
	}
	made, err := api.ImageInspect(ctx, id)
	if err != nil {
		return runtime.Artifact{}, r.wrap(err, "look at the built image %.19s", id)
	}
	if spec.MaxBytes > 0 && made.Size > spec.MaxBytes {
		_, err := api.ImageRemove(ctx, tagOf(spec.Service, spec.Deployment), image.RemoveOptions{PruneChildren: true})
		if err != nil {
			r.logger.Warn("an image over its limit stays until the next prune", "image", id, "error", err)
		}
		return runtime.Artifact{}, &runtime.Error{Code: runtime.CodeTooBig, Message: fmt.Sprintf(
			"the image has %d MB, over the limit of %d MB (run.disk_mb): use a smaller base image or a multi-stage build", made.Size>>20, spec.MaxBytes>>20)}
	}
	log.Printf("built %.19s (%.1f MB)", made.ID, float64(made.Size)/(1<<20))
	return runtime.Artifact{Digest: made.ID, SizeBytes: made.Size, Port: exposed(made)}, nil
}

func exposed(made image.InspectResponse) int {
	least := 0
	if made.Config == nil {
		return 0
	}
	for port := range made.Config.ExposedPorts {
		number, protocol, _ := strings.Cut(port, "/")
		var n int
		if _, err := fmt.Sscanf(number, "%d", &n); err == nil && (protocol == "" || protocol == "tcp") && (least == 0 || n < least) {
			least = n
		}
	}
	return least
}

// solve runs one build and answers the image's id.
func (r *Runtime) solve(ctx context.Context, api *client.Client, spec runtime.BuildSpec, file string, log *runtime.BuildLog) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	options := build.ImageBuildOptions{
		Version: build.BuilderBuildKit, BuildID: identity.NewID(), Dockerfile: file, Target: spec.Target, BuildArgs: pointers(spec.Args),
		Tags: []string{tagOf(spec.Service, spec.Deployment)}, Remove: true, ForceRemove: true,
		// Nothing of the deployment is in the labels: an unchanged source must give the same image.
		Labels: map[string]string{
			labelManaged: "true", labelScope: r.opts.Scope, "dev.syntra.org": spec.Organization, "dev.syntra.project": spec.Project, "dev.syntra.service": spec.Service,
		},
	}
	if len(spec.Secrets) > 0 {
		id, err := r.serveSecrets(ctx, api, spec.Secrets)
		if err != nil {
			return "", err
		}
		options.SessionID = id
	}
	source, stop := contextStream(ctx, spec.Dir, file)
	defer stop(context.Canceled)
	// The client does not look at its context while it sends the body, so the body must end with the context.
	defer context.AfterFunc(ctx, func() { stop(ctx.Err()) })()
	res, err := api.ImageBuild(ctx, source, options)
	if err != nil {
		return "", r.buildError(err)
	}
	defer res.Body.Close()
	defer context.AfterFunc(ctx, func() { // closing the body ends reading; the engine is told besides
		_ = res.Body.Close()
		told, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer done()
		_ = api.BuildCancel(told, options.BuildID)
	})()
	id, err := readProgress(res.Body, log)
	if err != nil && runtime.CodeOf(err) == "" {
		return "", r.buildError(err)
	}
	return id, err
}

// buildError keeps what is wrong with the source apart from what is wrong with the engine.
func (r *Runtime) buildError(err error) error {
	var refusal *source.Refusal
	if errors.As(err, &refusal) || runtime.CodeOf(err) != "" {
		return err
	}
	return r.wrap(err, "build with the Docker engine")
}

func contextStream(ctx context.Context, dir, file string) (io.Reader, func(error)) {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(source.WriteDockerContext(ctx, dir, file, writer)) }()
	return reader, func(err error) { _ = reader.CloseWithError(err) }
}

func pointers(args map[string]string) map[string]*string {
	out := map[string]*string{}
	for name, value := range args {
		out[name] = &value
	}
	return out
}
