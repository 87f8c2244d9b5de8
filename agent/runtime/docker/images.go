package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

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

// Prune deletes this scope's images that keep does not hold, that no container uses, and that were built longer ago than
// PruneAge. It takes only our own tags away: an image that somebody tagged besides stays under that name.
func (r *Runtime) Prune(ctx context.Context, keep map[string]bool) (deleted int, err error) {
	api, err := r.engine()
	if err != nil {
		return 0, err
	}
	images, err := api.ImageList(ctx, image.ListOptions{All: true, Filters: r.ours()})
	if err != nil {
		return 0, r.wrap(err, "list images")
	}
	containers, err := api.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return 0, r.wrap(err, "list containers")
	}
	used := map[string]bool{}
	for _, c := range containers {
		used[c.ImageID] = true
	}
	for _, i := range images {
		if keep[i.ID] || used[i.ID] {
			continue
		}
		seen, err := api.ImageInspect(ctx, i.ID)
		if err != nil || time.Since(seen.Metadata.LastTagTime) < r.opts.PruneAge {
			continue
		}
		names := []string{}
		for _, tag := range i.RepoTags {
			if strings.HasPrefix(tag, "syntra/") {
				names = append(names, tag)
			}
		}
		if len(i.RepoTags) == 0 || (len(i.RepoTags) == 1 && i.RepoTags[0] == "<none>:<none>") {
			names = []string{i.ID}
		}
		for _, name := range names {
			_, err := api.ImageRemove(ctx, name, image.RemoveOptions{PruneChildren: true})
			if err != nil && !cerrdefs.IsNotFound(err) && !cerrdefs.IsConflict(err) {
				return deleted, r.wrap(err, "remove image %s", name)
			}
		}
		if len(names) > 0 {
			deleted++
		}
	}
	return deleted, nil
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
