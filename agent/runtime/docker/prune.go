package docker

import (
	"context"
	"slices"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// held is an image of this scope.
type held struct {
	image.Summary
	built bool // here, rather than taken in from elsewhere
}

// images lists this scope's images: those that it built, by their label, and those that it imported, by their tag.
func (r *Runtime) images(ctx context.Context, api *client.Client) ([]held, error) {
	var all []held
	for _, built := range []bool{true, false} {
		by := r.ours()
		if !built {
			by = filters.NewArgs(filters.Arg("reference", r.imported()+":*"))
		}
		list, err := api.ImageList(ctx, image.ListOptions{All: built, Filters: by})
		if err != nil {
			return nil, r.wrap(err, "list images")
		}
		for _, i := range list {
			if !slices.ContainsFunc(all, func(h held) bool { return h.ID == i.ID }) {
				all = append(all, held{i, built})
			}
		}
	}
	return all, nil
}

// Artifacts lists this scope's images.
func (r *Runtime) Artifacts(ctx context.Context) ([]string, error) {
	api, err := r.engine()
	if err != nil {
		return nil, err
	}
	all, err := r.images(ctx, api)
	digests := []string{}
	for _, i := range all {
		digests = append(digests, i.ID)
	}
	return digests, err
}

// Prune deletes this scope's images that keep does not hold, that no container uses, and that were built or imported
// longer ago than PruneAge. It takes only our own tags away: an image that somebody tagged besides stays under that
// name.
func (r *Runtime) Prune(ctx context.Context, keep map[string]bool) (deleted int, err error) {
	api, err := r.engine()
	if err != nil {
		return 0, err
	}
	images, err := r.images(ctx, api)
	if err != nil {
		return 0, err
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
		gone, err := r.takeAway(ctx, api, i)
		if err != nil {
			return deleted, err
		}
		if gone {
			deleted++
		}
	}
	return deleted, nil
}

// takeAway removes the names that an image has from this scope, and with the last name the image.
func (r *Runtime) takeAway(ctx context.Context, api *client.Client, i held) (bool, error) {
	names := []string{}
	for _, tag := range i.RepoTags {
		if r.isOurTag(tag, i.built) {
			names = append(names, tag)
		}
	}
	if len(i.RepoTags) == 0 || (len(i.RepoTags) == 1 && i.RepoTags[0] == "<none>:<none>") {
		names = []string{i.ID}
	}
	for _, name := range names {
		_, err := api.ImageRemove(ctx, name, image.RemoveOptions{PruneChildren: true})
		if err != nil && !cerrdefs.IsNotFound(err) && !cerrdefs.IsConflict(err) {
			return false, r.wrap(err, "remove image %s", name)
		}
	}
	return len(names) > 0, nil
}
