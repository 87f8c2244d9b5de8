package service

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/syntra-dev/syntra/agent/logs"
	"github.com/syntra-dev/syntra/agent/probe"
	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/edge/control"
)

// Observe returns what is true now: what runs, what the edge routes, who answers.
func (k *Keeper) Observe(ctx context.Context, _ func(string), o wire.Observe) (wire.Observed, error) {
	list, err := k.runtimes.Of(ctx, o.Owner.Service, "")
	if err != nil {
		return wire.Observed{}, err
	}
	out := wire.Observed{}
	for _, r := range list {
		out.Instances = append(out.Instances, r.Instance)
	}
	if k.edge != nil {
		routed, err := k.routed(ctx, o.Owner.Service)
		if err != nil {
			return wire.Observed{}, err
		}
		if routed != nil {
			out.Hosts, out.Split = routed.Hosts, splitOf(routed)
		}
	}
	spec, known := k.state.Spec(o.Owner.Service, o.Release)
	if known {
		out.Healthy = k.countHealthy(ctx, list, spec)
	}
	return out, nil
}

// routed returns what the edge says of a service; nil where it has none.
func (k *Keeper) routed(ctx context.Context, service string) (*control.Service, error) {
	ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
	defer cancel()
	table, err := k.edge.Table(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the edge for its table: %w", err)
	}
	return entryOf(table, service), nil
}

func entryOf(table control.Table, service string) *control.Service {
	for i := range table.Services {
		if table.Services[i].ID == service {
			return &table.Services[i]
		}
	}
	return nil
}

// countHealthy probes a release's running replicas once, all at the same time.
func (k *Keeper) countHealthy(ctx context.Context, list []replica.Replica, spec state.Spec) int {
	q := questionOf(spec.Start.Health, spec.Counted)
	var mu sync.Mutex
	var wg sync.WaitGroup
	healthy := 0
	for _, r := range list {
		if r.Labels.Release != spec.Start.Release || r.State != runtime.Running || r.Address == "" {
			continue
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			if probe.Ask(ctx, k.opts.Probe, r.Address, q).OK {
				mu.Lock()
				healthy++
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	return healthy
}

// Tail reads the last lines of the replicas that have traffic.
func (k *Keeper) Tail(ctx context.Context, _ func(string), t wire.Tail) (wire.Tailed, error) {
	list, err := k.runtimes.Of(ctx, t.Owner.Service, "")
	if err != nil {
		return wire.Tailed{}, err
	}
	if svc, known := k.state.Service(t.Owner.Service); known {
		list = slices.DeleteFunc(list, func(r replica.Replica) bool { return !svc.Split.Has(r.Labels.Release) })
	}
	return wire.Tailed{Lines: logs.LastOf(ctx, list, min(max(t.Lines, 1), 1000))}, nil
}
