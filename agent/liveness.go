package agent

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/edge/control"
)

// liveness is how the edge is to ask a release's replicas for as long as it routes to them. The edge asks, and not the
// agent: it goes on without one.
func (a *Agent) liveness(service, release string) *control.Health {
	spec, known := a.state.Spec(service, release)
	if !known {
		return nil
	}
	h := spec.Start.Health
	return &control.Health{
		Path:          healthPath(h),
		EveryMillis:   int(a.opts.Liveness.Milliseconds()),
		TimeoutMillis: int(seconds(h.TimeoutSeconds, 5).Milliseconds()),
	}
}

// lookAtAiling learns which replicas the edge has ejected, and says in their logs when that changes.
func (a *Agent) lookAtAiling(ctx context.Context, list []replica) {
	if a.opts.Edge == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
	defer cancel()
	found, err := a.opts.Edge.Ailing(ctx)
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
	if p := a.ailing.Swap(&now); p != nil {
		before = *p
	}
	for _, r := range list {
		why, ails := now[r.Name]
		if _, ailed := before[r.Name]; ails == ailed || r.State != runtime.Running {
			continue
		}
		if ails {
			a.remark(r.Labels, "replica %d gets no requests as long as others are well: %s", r.Labels.Replica, why)
		} else {
			a.remark(r.Labels, "replica %d is well again and gets its share of the requests", r.Labels.Replica)
		}
	}
}

// ailingOf is why the edge has ejected a replica; empty: it has not.
func (a *Agent) ailingOf(name string) string {
	if p := a.ailing.Load(); p != nil {
		return (*p)[name]
	}
	return ""
}

// defaultLiveness is how often replicas are asked.
const defaultLiveness = 5 * time.Second
