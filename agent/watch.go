package agent

import (
	"context"
	"errors"
	"time"

	"github.com/syntra-dev/syntra/agent/probe"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/edge/control"
)

// snapshot is what the runtimes held at the last look.
type snapshot struct {
	at   time.Time // before it was asked for
	list []replica
}

// of answers one service's replicas.
func (s *snapshot) of(service string) []replica {
	var out []replica
	for _, r := range s.list {
		if r.Labels.Service == service {
			out = append(out, r)
		}
	}
	return out
}

// instances answers the last look's instances, for heartbeats.
func (a *Agent) instances() []runtime.Instance {
	out := []runtime.Instance{}
	if seen := a.seen.Load(); seen != nil {
		for _, r := range seen.list {
			i := r.Instance
			i.Ailing = a.ailingOf(r.Name)
			out = append(out, i)
		}
	}
	return out
}

// kick makes the watcher look now.
func (a *Agent) kick() {
	select {
	case a.kicks <- struct{}{}:
	default:
	}
}

// watch compares what runs and what the edge routes with what should, again and again. It needs no control plane.
func (a *Agent) watch(ctx context.Context) error {
	tick := time.NewTicker(a.opts.Watch)
	defer tick.Stop()
	blind := false
	for {
		switch err := a.lookAround(ctx); {
		case err == nil && blind:
			blind = false
			a.log.Info("agent: the runtimes and the edge answer again")
		case err != nil && !blind && ctx.Err() == nil:
			blind = true
			a.log.Error("agent: cannot see what runs or what is routed; looking again until it works", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-a.kicks:
		}
	}
}

// lookAround is one look.
func (a *Agent) lookAround(ctx context.Context) error {
	at := time.Now()
	list, err := a.replicas(ctx)
	if err != nil {
		return err
	}
	now := &snapshot{at: at, list: list}
	before := a.seen.Swap(now)
	there := map[string]bool{}
	for _, r := range list {
		there[r.Name] = true
	}
	a.readies.keep(there)
	a.follows.keep(there)
	if before != nil {
		a.remarkChanges(before.list, list)
	}
	a.followAll(list)
	if a.suspended.Load() {
		return nil
	}
	a.lookAtAiling(ctx, list)
	table, err := a.table(ctx)
	if table != nil && !a.adopted {
		if err := a.adopt(*table, list); err != nil {
			return err
		}
		a.adopted = true
	}
	for _, service := range a.state.Services() {
		unlock, free := a.locks.tryLock(service)
		if !free {
			continue // a command is at work on it
		}
		a.spawn(func() {
			defer unlock()
			a.tend(ctx, service, now, table)
		})
	}
	return err
}

// table answers the edge's routes; nil where there is no edge or it does not answer.
func (a *Agent) table(ctx context.Context) (*control.Table, error) {
	if a.opts.Edge == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
	defer cancel()
	table, err := a.opts.Edge.Table(ctx)
	if err != nil {
		return nil, err
	}
	return &table, nil
}

// tend revives a service's dead replicas and brings the edge to what runs. The caller holds the service.
func (a *Agent) tend(ctx context.Context, service string, now *snapshot, table *control.Table) {
	list, err := now.of(service), error(nil)
	if a.locks.freedAfter(service, now.at) {
		list, err = a.replicasOf(ctx, service, "")
	}
	if err == nil {
		err = a.revive(ctx, service, list)
	}
	if err == nil && table != nil {
		err = a.bringEdge(ctx, service, list, entryOf(*table, service))
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, runtime.ErrUnavailable) {
		a.log.Warn("agent: a service is not as it should be; trying again", "service", service, "error", err)
	}
}

// bringEdge gives the edge a service's ready replicas where it has others.
func (a *Agent) bringEdge(ctx context.Context, service string, list []replica, entry *control.Service) error {
	svc, known := a.state.Service(service)
	if !known || !svc.Routed {
		return nil
	}
	for _, share := range svc.Split {
		if spec, known := a.state.Spec(service, share.ReleaseID); known {
			a.probeNew(ctx, list, spec)
		}
	}
	pools := a.poolsOf(svc, list)
	if !serve(pools) || routesTo(entry, svc, pools) {
		return nil
	}
	// The entry may be older than the last command on this service.
	entry, err := a.routed(ctx, service)
	if err != nil || routesTo(entry, svc, pools) {
		return err
	}
	a.log.Info("agent: bringing the edge to what runs", "service", service, "pools", pools)
	return a.put(ctx, svc, pools)
}

// probeNew gives replicas that run anew their chance to become ready.
func (a *Agent) probeNew(ctx context.Context, list []replica, spec state.Spec) {
	h := spec.Start.Health
	for _, r := range list {
		if r.Labels.Release != spec.Start.Release || r.State != runtime.Running || r.Address == "" || a.readies.is(r.Instance) {
			continue
		}
		if probe.Get(ctx, a.opts.Probe, r.Address, healthPath(h), min(seconds(h.TimeoutSeconds, 5), 2*time.Second)).OK {
			a.readies.add(r.Instance)
		} else {
			time.AfterFunc(a.opts.Watch/4, a.kick)
		}
	}
}
