package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Has says whether the engine holds the image.
func (r *Runtime) Has(ctx context.Context, digest string) (bool, error) {
	if !strings.HasPrefix(digest, "sha256:") {
		return false, nil // a name could be another's image
	}
	api, err := r.engine()
	if err != nil {
		return false, err
	}
	_, err = api.ImageInspect(ctx, digest)
	if cerrdefs.IsNotFound(err) {
		return false, nil
	}
	return err == nil, r.wrap(err, "look for image %.19s", digest)
}

// Usage asks the engine once. Page cache that the kernel can drop is not counted.
func (r *Runtime) Usage(ctx context.Context, name string) (runtime.Usage, error) {
	api, err := r.engine()
	if err != nil {
		return runtime.Usage{}, err
	}
	c, err := r.find(ctx, api, name)
	if err != nil {
		return runtime.Usage{}, err
	}
	if !c.State.Running {
		return runtime.Usage{}, fmt.Errorf("usage of %s: it is not running: %w", name, runtime.ErrNotFound)
	}
	res, err := api.ContainerStatsOneShot(ctx, c.ID)
	if err != nil {
		return runtime.Usage{}, r.wrap(err, "usage of %s", name)
	}
	defer res.Body.Close()
	var stats container.StatsResponse
	if err := json.NewDecoder(res.Body).Decode(&stats); err != nil {
		return runtime.Usage{}, r.wrap(err, "usage of %s", name)
	}
	memory := stats.MemoryStats.Usage
	for _, key := range []string{"total_inactive_file", "inactive_file"} { // cgroup v1, v2
		if cache := stats.MemoryStats.Stats[key]; cache > 0 && cache < memory {
			memory -= cache
			break
		}
	}
	return runtime.Usage{CPUSeconds: float64(stats.CPUStats.CPUUsage.TotalUsage) / 1e9, MemoryBytes: int64(memory)}, nil
}
