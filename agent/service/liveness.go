package service

import (
	"context"

	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/edge/control"
)

// liveness is how the edge is to ask a release's replicas for as long as it routes to them. The edge asks, and not the
// agent: it goes on without one.
func (k *Keeper) liveness(service, release string) *control.Health {
	spec, known := k.state.Spec(service, release)
	if !known {
		return nil
	}
	q := questionOf(spec.Start.Health, spec.Counted)
	return &control.Health{
		Path:          q.Path,
		Lenient:       q.Lenient,
		Host:          q.Host,
		EveryMillis:   int(k.opts.Liveness.Milliseconds()),
		TimeoutMillis: int(q.Timeout.Milliseconds()),
	}
}

// lookAtAiling learns which replicas the edge has ejected, and says in their logs when that changes.
func (k *Keeper) lookAtAiling(ctx context.Context, list []replica.Replica) {
	if k.edge == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
	defer cancel()
	found, err := k.edge.Ailing(ctx)
	if err != nil {
		return // the look at the table says so
	}
	now := map[string]string{}
	for _, r := range list {
		for _, f := range found {
			if r.State == runtime.Running && r.Labels.Service == f.Service && r.Labels.Release == f.Release && r.Address == f.Address {
				now[r.Name] = f.Why
			}
		}
	}
	var before map[string]string
	if p := k.ailing.Swap(&now); p != nil {
		before = *p
	}
	for _, r := range list {
		why, ails := now[r.Name]
		if _, ailed := before[r.Name]; ails == ailed || r.State != runtime.Running {
			continue
		}
		if ails {
			k.logs.Remark(r.Labels, "replica %d gets no requests as long as others are well: %s", r.Labels.Replica, why)
		} else {
			k.logs.Remark(r.Labels, "replica %d is well again and gets its share of the requests", r.Labels.Replica)
		}
	}
}

// ailingOf is why the edge has ejected a replica; empty: it has not.
func (k *Keeper) ailingOf(name string) string {
	if p := k.ailing.Load(); p != nil {
		return (*p)[name]
	}
	return ""
}
