package agent

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
)

// listTimeout bounds one question to an engine.
const listTimeout = 15 * time.Second

// replica is an instance and the runtime that holds it.
type replica struct {
	runtime.Instance
	rt runtime.Runtime
}

// replicas answers what all runtimes hold. A runtime that does not answer makes it fail: what is not seen must not be
// taken for gone.
func (a *Agent) replicas(ctx context.Context) ([]replica, error) { return a.named(ctx, "") }

// named are the replicas whose names begin so.
func (a *Agent) named(ctx context.Context, prefix string) ([]replica, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	var out []replica
	for _, rt := range a.opts.Runtimes {
		list, err := rt.Instances(ctx, prefix)
		if err != nil {
			return nil, fmt.Errorf("%s runtime: list replicas: %w", rt.Name(), err)
		}
		for _, i := range list {
			out = append(out, replica{i, rt})
		}
	}
	slices.SortFunc(out, func(x, y replica) int {
		return cmp.Or(cmp.Compare(x.Labels.Service, y.Labels.Service), cmp.Compare(x.Labels.Release, y.Labels.Release), cmp.Compare(x.Labels.Replica, y.Labels.Replica))
	})
	return out, nil
}

// replicasOf answers a service's replicas, of one release or of all for "", by release and number.
func (a *Agent) replicasOf(ctx context.Context, service, release string) ([]replica, error) {
	prefix := service + "."
	if release != "" {
		prefix += release + "."
	}
	return a.named(ctx, prefix)
}

// replicaName is the name that runtimes know a replica by.
func replicaName(service, release string, n int) string {
	return service + "." + release + "." + strconv.Itoa(n)
}

func instanceSpec(s wire.Start, n int) runtime.InstanceSpec {
	return runtime.InstanceSpec{
		Name: replicaName(s.Owner.Service, s.Release, n),
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
func (a *Agent) launch(ctx context.Context, rt runtime.Runtime, s wire.Start, numbers []int, had map[string]runtime.State) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, n := range numbers {
		g.Go(func() error {
			spec := instanceSpec(s, n)
			if _, err := rt.Start(gctx, spec); err != nil {
				return fmt.Errorf("start replica %d: %w", n, err)
			}
			if had[spec.Name] != runtime.Running {
				a.remark(spec.Labels, "replica %d started", n)
			}
			return nil
		})
	}
	defer a.kick() // to follow its output soon
	return g.Wait()
}

// halt stops replicas, all at once, and removes them too if asked.
func (a *Agent) halt(ctx context.Context, list []replica, grace time.Duration, remove bool) (names []string, err error) {
	var g errgroup.Group
	for _, r := range list {
		a.stops.begin(r.Name)
		g.Go(func() error {
			defer a.stops.end(r.Name)
			if r.State != runtime.Exited {
				if err := r.rt.Stop(ctx, r.Name, grace); err != nil {
					return fmt.Errorf("stop replica %s: %w", r.Name, err)
				}
				a.remark(r.Labels, "replica %d stopped", r.Labels.Replica)
			}
			if !remove {
				return nil
			}
			a.follows.finish(ctx, r.Name)
			if err := r.rt.Remove(ctx, r.Name); err != nil {
				return fmt.Errorf("remove replica %s: %w", r.Name, err)
			}
			a.spool.Drop(r.Name)
			return nil
		})
		names = append(names, r.Name)
	}
	return names, g.Wait()
}

// runtimeOf answers the runtime that a spec asks for.
func (a *Agent) runtimeOf(name string) (runtime.Runtime, error) {
	if rt := a.runtimes[name]; rt != nil {
		return rt, nil
	}
	return nil, &runtime.Error{Code: runtime.CodeNoRuntime, Message: fmt.Sprintf("this server has no runtime %q (it has: %s)", name, a.runtimeNames())}
}

func (a *Agent) runtimeNames() string {
	var names []string
	for _, rt := range a.opts.Runtimes {
		names = append(names, rt.Name())
	}
	return strings.Join(names, ", ")
}

// mask hides a release's environment in text that goes into events.
func mask(spec state.Spec, text string) string { return masker(spec.Start.Env).Replace(text) }

// maskFrom is the shortest value that is hidden: hiding every "1" or "on" would make the text unreadable.
const maskFrom = 6

func masker(values map[string]string) *strings.Replacer {
	var pairs []string
	for _, v := range values {
		for _, part := range append([]string{v}, strings.Split(v, "\n")...) {
			if part = strings.TrimSpace(part); len(part) >= maskFrom {
				pairs = append(pairs, part, "••••••")
			}
		}
	}
	return strings.NewReplacer(pairs...)
}
