package docker

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/go-connections/nat"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// portTries is how often a start takes another port when one is taken between the look and the start.
const portTries = 5

// Start runs a replica on a port of loopback that stays its own over restarts.
func (r *Runtime) Start(ctx context.Context, spec runtime.InstanceSpec) (runtime.Instance, error) {
	defer r.named(spec.Name)()
	api, err := r.engine()
	if err != nil {
		return runtime.Instance{}, err
	}
	if err := r.start(ctx, api, spec); err != nil {
		return runtime.Instance{}, err
	}
	c, err := r.find(ctx, api, spec.Name)
	if err != nil {
		return runtime.Instance{}, err
	}
	return instanceOf(c), nil
}

func (r *Runtime) start(ctx context.Context, api *client.Client, spec runtime.InstanceSpec) error {
	c, err := r.find(ctx, api, spec.Name)
	if err != nil && !errors.Is(err, runtime.ErrNotFound) {
		return err
	}
	if err == nil {
		if c.State.Running || c.State.Restarting {
			return nil
		}
		hash, err := hashOf(spec)
		if err != nil {
			return err
		}
		if c.Config.Labels[labelSpec] == hash && runtime.PortFree(portOf(c)) {
			if err := r.disown(ctx, api, c); err != nil {
				return r.wrap(err, "start %s", spec.Name)
			}
			err := api.ContainerStart(ctx, c.ID, container.StartOptions{})
			r.looks.happened(c.ID, false)
			if err == nil {
				r.settleLater(spec.Name)
				return nil
			}
		}
		if err := r.remove(ctx, api, spec.Name); err != nil {
			return err
		}
	}
	has, err := r.Has(ctx, spec.Digest)
	if err != nil {
		return err
	}
	if !has {
		return noArtifact(spec.Digest)
	}
	for try := 1; ; try++ {
		taken, err := r.create(ctx, api, spec)
		if err == nil {
			r.settleLater(spec.Name)
			return nil
		}
		// What is left of a failed start would pass for a replica that has ended.
		if rerr := r.remove(context.WithoutCancel(ctx), api, spec.Name); rerr != nil {
			r.logger.Warn("a container that could not start stays", "replica", spec.Name, "error", rerr)
		}
		if !taken || try == portTries {
			return err
		}
	}
}

func noArtifact(digest string) error {
	return &runtime.Error{Code: runtime.CodeNoArtifact, Message: fmt.Sprintf("the image %.19s is not on this server any more: deploy again", digest)}
}

// create makes and starts a container; taken says that its port was.
func (r *Runtime) create(ctx context.Context, api *client.Client, spec runtime.InstanceSpec) (taken bool, err error) {
	room, err := r.reserve(ctx, api)
	if err != nil {
		return false, err
	}
	defer r.release(room)
	config, host, err := r.configs(spec, room)
	if err != nil {
		return false, err
	}
	made, err := api.ContainerCreate(ctx, config, host, nil, nil, r.containerName(spec.Name))
	switch {
	case cerrdefs.IsNotFound(err):
		return false, noArtifact(spec.Digest)
	case cerrdefs.IsInvalidArgument(err):
		return false, &runtime.Error{Code: runtime.CodeCrashed, Message: fmt.Sprintf("the container could not be made: %v", err)}
	case err != nil:
		return false, r.wrap(err, "start %s", spec.Name)
	}
	err = api.ContainerStart(ctx, made.ID, container.StartOptions{})
	switch {
	case err == nil:
		return false, nil
	case strings.Contains(err.Error(), "port is already allocated"), strings.Contains(err.Error(), "address already in use"):
		return true, r.wrap(err, "start %s", spec.Name)
	case cerrdefs.IsInvalidArgument(err), strings.Contains(err.Error(), "OCI runtime create failed"):
		return false, &runtime.Error{Code: runtime.CodeCrashed, Message: fmt.Sprintf("the container could not start: %v", err)}
	}
	return false, r.wrap(err, "start %s", spec.Name)
}

func (r *Runtime) configs(spec runtime.InstanceSpec, room room) (*container.Config, *container.HostConfig, error) {
	labels, err := r.labels(spec, room)
	if err != nil {
		return nil, nil, err
	}
	inside, err := nat.NewPort("tcp", strconv.Itoa(spec.Port))
	if err != nil || spec.Port < 1 {
		return nil, nil, fmt.Errorf("start %s: port %d: use 1 to 65535", spec.Name, spec.Port)
	}
	env := []string{}
	for name, value := range spec.Env {
		if name != "PORT" {
			env = append(env, name+"="+value)
		}
	}
	env = append(env, "PORT="+strconv.Itoa(spec.Port))
	sort.Strings(env)
	config := &container.Config{Image: spec.Digest, Env: env, Labels: labels, ExposedPorts: nat.PortSet{inside: {}}}
	if spec.Command != "" {
		config.Entrypoint, config.Cmd = argv(spec.Command), []string{}
	}
	init, pids := true, int64(maxPids)
	memory := int64(spec.MemoryMB) << 20
	return config, &container.HostConfig{
		PortBindings:  nat.PortMap{inside: {{HostIP: runtime.Host, HostPort: strconv.Itoa(room.port)}}},
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyDisabled},
		Resources: container.Resources{
			NanoCPUs:   int64(spec.CPUs * 1e9),
			Memory:     memory,
			MemorySwap: memory,
			PidsLimit:  &pids,
		},
		LogConfig:   logConfig(room.logs),
		SecurityOpt: []string{"no-new-privileges"},
		Init:        &init,
	}, nil
}

// argv runs a command without a shell where it needs none, since an image may have none.
func argv(command string) []string {
	if strings.ContainsAny(command, "|&;<>()$`\\\"'*?[]#~=%{}\n") {
		return []string{"/bin/sh", "-c", command}
	}
	words := strings.Fields(command)
	if len(words) > 1 && words[0] == "exec" {
		words = words[1:]
	}
	return words
}

// maxPids bounds the processes and threads of a container: a fork bomb ends at it, and not with the host's last one.
const maxPids = 4096

// room is what a container that is being made takes of what the server has.
type room struct {
	port int
	logs int64 // bytes
}

// reserve finds a free port and a part of the log budget.
func (r *Runtime) reserve(ctx context.Context, api *client.Client) (room, error) {
	list, err := api.ContainerList(ctx, container.ListOptions{All: true, Filters: r.ours()})
	if err != nil {
		return room{}, r.wrap(err, "list containers")
	}
	given := logsGiven(list)
	taken := map[int]bool{}
	for _, c := range list {
		if port, err := strconv.Atoi(c.Labels[labelPort]); err == nil {
			taken[port] = true
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	port, err := runtime.FreePort(func(p int) bool {
		_, reserved := r.reserved[p]
		return taken[p] || reserved
	})
	if err != nil {
		return room{}, err
	}
	for _, logs := range r.reserved {
		given += logs
	}
	made := room{port: port, logs: logBudget(r.opts.LogBytes, given)}
	r.reserved[port] = made.logs
	return made, nil
}

func (r *Runtime) release(made room) {
	r.mu.Lock()
	delete(r.reserved, made.port)
	r.mu.Unlock()
}
