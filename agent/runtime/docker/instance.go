package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Instances lists this scope's containers. Those that have settled meanwhile are handed to the engine's restarting.
func (r *Runtime) Instances(ctx context.Context, prefix string) ([]runtime.Instance, error) {
	api, err := r.engine()
	if err != nil {
		return nil, err
	}
	which := r.ours()
	if prefix != "" {
		// Looking at a container costs the engine a millisecond or two: with many of them, others' are not worth it.
		which.Add("name", "^/"+regexp.QuoteMeta(r.containerName(prefix)))
	}
	list, err := api.ContainerList(ctx, container.ListOptions{All: true, Filters: which})
	if err != nil {
		return nil, r.wrap(err, "list containers")
	}
	all := []runtime.Instance{}
	for _, c := range list {
		seen, err := r.inspect(ctx, api, c.ID, string(c.State))
		if cerrdefs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, r.wrap(err, "look at container %s", c.ID)
		}
		all = append(all, instanceOf(seen))
		r.settle(ctx, api, seen)
	}
	return all, nil
}

func instanceOf(c container.InspectResponse) runtime.Instance {
	i := runtime.Instance{
		Name: c.Config.Labels[labelName], Digest: c.Image, State: runtime.Exited, ExitCode: c.State.ExitCode, OOMKilled: c.State.OOMKilled,
		Restarts: c.RestartCount, StartedAt: startedAt(c),
	}
	// Labels are ours; a container whose labels do not parse was not made by us and shows none.
	_ = json.Unmarshal([]byte(c.Config.Labels[labelLabels]), &i.Labels)
	switch {
	case c.State.Restarting:
		i.State = runtime.Restarting
	case c.State.Running:
		i.State, i.ExitCode, i.OOMKilled = runtime.Running, 0, false
		i.Address = runtime.Address(portOf(c))
	}
	return i
}

func startedAt(c container.InspectResponse) time.Time {
	at, err := time.Parse(time.RFC3339Nano, c.State.StartedAt)
	if err != nil || at.Year() < 2000 {
		return time.Time{}
	}
	return at
}

func portOf(c container.InspectResponse) int {
	port, _ := strconv.Atoi(c.Config.Labels[labelPort])
	return port
}

// settle lets the engine restart a replica that has run long enough. Before, a crash at boot would restart for ever and
// hide; after a stop, a restarted engine would start it again ("always" is the only policy that survives a killed engine).
func (r *Runtime) settle(ctx context.Context, api *client.Client, c container.InspectResponse) {
	if !c.State.Running || c.State.Restarting || c.HostConfig.RestartPolicy.Name == container.RestartPolicyAlways || time.Since(startedAt(c)) < r.opts.Settle {
		return
	}
	if err := r.policy(ctx, api, c.ID, container.RestartPolicyAlways); err != nil && !cerrdefs.IsNotFound(err) {
		r.logger.Warn("a replica is not restarted if it dies; trying again", "replica", c.Config.Labels[labelName], "error", err)
	}
}

func (r *Runtime) policy(ctx context.Context, api *client.Client, id string, to container.RestartPolicyMode) error {
	_, err := api.ContainerUpdate(ctx, id, container.UpdateConfig{RestartPolicy: container.RestartPolicy{Name: to}})
	return err
}

// disown takes a container from the engine's restarting.
func (r *Runtime) disown(ctx context.Context, api *client.Client, c container.InspectResponse) error {
	if c.HostConfig.RestartPolicy.IsNone() {
		return nil
	}
	return r.policy(ctx, api, c.ID, container.RestartPolicyDisabled)
}

// settleLater watches a start, since nobody may list meanwhile.
func (r *Runtime) settleLater(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(r.opts.Settle+50*time.Millisecond, func() {
		r.mu.Lock()
		delete(r.timers, t)
		r.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		defer r.named(name)()
		if api, err := r.engine(); err == nil {
			if c, err := api.ContainerInspect(ctx, r.containerName(name)); err == nil {
				r.settle(ctx, api, c)
			}
		}
	})
	r.timers[t] = true
}

// find answers the container of a replica, or runtime.ErrNotFound.
func (r *Runtime) find(ctx context.Context, api *client.Client, name string) (container.InspectResponse, error) {
	c, err := api.ContainerInspect(ctx, r.containerName(name))
	if cerrdefs.IsNotFound(err) {
		return c, fmt.Errorf("replica %s: %w", name, runtime.ErrNotFound)
	}
	if err == nil && c.Config.Labels[labelScope] != r.opts.Scope {
		return c, fmt.Errorf("replica %s: a container %s is there that is not ours: remove or rename it", name, c.Name)
	}
	return c, r.wrap(err, "look at replica %s", name)
}

// Stop ends a replica; its container stays.
func (r *Runtime) Stop(ctx context.Context, name string, grace time.Duration) error {
	defer r.named(name)()
	api, err := r.engine()
	if err != nil {
		return err
	}
	c, err := api.ContainerInspect(ctx, r.containerName(name))
	if cerrdefs.IsNotFound(err) || (err == nil && !c.State.Running && !c.State.Restarting) {
		return nil
	}
	if err != nil {
		return r.wrap(err, "stop %s", name)
	}
	if err := r.disown(ctx, api, c); err != nil && !cerrdefs.IsNotFound(err) {
		return r.wrap(err, "stop %s", name)
	}
	defer r.looks.happened(c.ID, false) // the event may come later than the next look
	seconds := int(math.Ceil(grace.Seconds()))
	err = api.ContainerStop(ctx, c.ID, container.StopOptions{Timeout: &seconds})
	if cerrdefs.IsNotFound(err) {
		return nil
	}
	return r.wrap(err, "stop %s", name)
}

// Remove kills and deletes a replica's container.
func (r *Runtime) Remove(ctx context.Context, name string) error {
	defer r.named(name)()
	api, err := r.engine()
	if err != nil {
		return err
	}
	return r.remove(ctx, api, name)
}

func (r *Runtime) remove(ctx context.Context, api *client.Client, name string) error {
	for {
		err := api.ContainerRemove(ctx, r.containerName(name), container.RemoveOptions{Force: true, RemoveVolumes: true})
		if err == nil || cerrdefs.IsNotFound(err) {
			return nil
		}
		if !strings.Contains(err.Error(), "already in progress") {
			return r.wrap(err, "remove %s", name)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("remove %s: %w", name, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
