package agent

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/syntra-dev/syntra/agent/probe"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/edge/control"
)

// observe answers what is true now: what runs, what the edge routes, who answers.
func (a *Agent) observe(ctx context.Context, _ *task, o wire.Observe) (wire.Observed, error) {
	list, err := a.replicasOf(ctx, o.Owner.Service, "")
	if err != nil {
		return wire.Observed{}, err
	}
	out := wire.Observed{}
	for _, r := range list {
		out.Instances = append(out.Instances, r.Instance)
	}
	if a.opts.Edge != nil {
		routed, err := a.routed(ctx, o.Owner.Service)
		if err != nil {
			return wire.Observed{}, err
		}
		if routed != nil {
			out.Hosts, out.Split = routed.Hosts, splitOf(routed)
		}
	}
	spec, known := a.state.Spec(o.Owner.Service, o.Release)
	if known {
		out.Healthy = a.countHealthy(ctx, list, spec.Start.Release, spec.Start.Health)
	}
	return out, nil
}

// routed answers what the edge says of a service; nil where it has none.
func (a *Agent) routed(ctx context.Context, service string) (*control.Service, error) {
	ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
	defer cancel()
	table, err := a.opts.Edge.Table(ctx)
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
func (a *Agent) countHealthy(ctx context.Context, list []replica, release string, h wire.Health) int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	healthy := 0
	for _, r := range list {
		if r.Labels.Release != release || r.State != runtime.Running || r.Address == "" {
			continue
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			if probe.Get(ctx, a.opts.Probe, r.Address, healthPath(h), seconds(h.TimeoutSeconds, 5)).OK {
				mu.Lock()
				healthy++
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	return healthy
}

// tail reads the last lines of the replicas that have traffic.
func (a *Agent) tail(ctx context.Context, _ *task, t wire.Tail) (wire.Tailed, error) {
	list, err := a.replicasOf(ctx, t.Owner.Service, "")
	if err != nil {
		return wire.Tailed{}, err
	}
	if svc, known := a.state.Service(t.Owner.Service); known {
		list = slices.DeleteFunc(list, func(r replica) bool { return !svc.Split.Has(r.Labels.Release) })
	}
	n := min(max(t.Lines, 1), 1000)
	var all []stampedLine
	for _, r := range list {
		for _, l := range a.linesOf(ctx, r, n) {
			if len(list) > 1 {
				l.text = fmt.Sprintf("[%d] %s", r.Labels.Replica, l.text)
			}
			all = append(all, l)
		}
	}
	return wire.Tailed{Lines: lastOf(all, n)}, nil
}

// lastLines are the last lines of one replica.
func (a *Agent) lastLines(ctx context.Context, r replica, n int) []string {
	return lastOf(a.linesOf(ctx, r, n), n)
}
