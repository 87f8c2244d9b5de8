package service

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
)

func instanceSpec(s wire.Start, n int) runtime.InstanceSpec {
	return runtime.InstanceSpec{
		Name: replica.Name(s.Owner.Service, s.Release, n),
		Labels: runtime.Labels{
			Organization: s.Owner.Organization, Project: s.Owner.Project, Service: s.Owner.Service,
			Release: s.Release, Deployment: s.Owner.Deployment, Replica: n,
		},
		Digest: s.Digest, Env: environment(s, n), Command: s.Command, Port: s.Port, CPUs: s.CPUs, MemoryMB: s.MemoryMB,
	}
}

// environment is what a replica is given: the service's variables, and who it is.
func environment(s wire.Start, n int) map[string]string {
	env := map[string]string{
		"SYNTRA_PROJECT": s.Owner.Project, "SYNTRA_SERVICE": s.Owner.Service, "SYNTRA_RELEASE": s.Release,
		"SYNTRA_DEPLOYMENT": s.Owner.Deployment, "SYNTRA_REPLICA": strconv.Itoa(n),
	}
	maps.Copy(env, s.Env)
	return env
}

// launch starts replicas of a release by number, several at a time. Those that run already stay as they are.
func (k *Keeper) launch(ctx context.Context, rt runtime.Runtime, s wire.Start, numbers []int, had map[string]runtime.State) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, n := range numbers {
		g.Go(func() error {
			spec := instanceSpec(s, n)
			if _, err := rt.Start(gctx, spec); err != nil {
				return fmt.Errorf("start replica %d: %w", n, err)
			}
			if had[spec.Name] != runtime.Running {
				k.logs.Remark(spec.Labels, "replica %d started", n)
			}
			return nil
		})
	}
	defer k.kick() // to follow its output soon
	return g.Wait()
}

// halt stops replicas, all at once, and removes them too if asked.
func (k *Keeper) halt(ctx context.Context, list []replica.Replica, grace time.Duration, remove bool) (names []string, err error) {
	var g errgroup.Group
	for _, r := range list {
		k.stops.begin(r.Name)
		g.Go(func() error {
			defer k.stops.end(r.Name)
			if r.State != runtime.Exited {
				if err := r.Runtime.Stop(ctx, r.Name, grace); err != nil {
					return fmt.Errorf("stop replica %s: %w", r.Name, err)
				}
				k.logs.Remark(r.Labels, "replica %d stopped", r.Labels.Replica)
			}
			if !remove {
				return nil
			}
			k.followers.Finish(ctx, r.Name)
			if err := r.Runtime.Remove(ctx, r.Name); err != nil {
				return fmt.Errorf("remove replica %s: %w", r.Name, err)
			}
			k.logs.Drop(r.Name)
			return nil
		})
		names = append(names, r.Name)
	}
	return names, g.Wait()
}
