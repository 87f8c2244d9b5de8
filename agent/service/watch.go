package service

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/agent/probe"
	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/edge/control"
)

// snapshot is what the runtimes held at the last look.
type snapshot struct {
	at   time.Time // before it was asked for
	list []replica.Replica
}

// of returns one service's replicas.
func (s *snapshot) of(service string) []replica.Replica {
	var out []replica.Replica
	for _, r := range s.list {
		if r.Labels.Service == service {
			out = append(out, r)
		}
	}
	return out
}

// Instances returns the last look's instances, for heartbeats.
func (k *Keeper) Instances() []runtime.Instance {
	out := []runtime.Instance{}
	if seen := k.seen.Load(); seen != nil {
		for _, r := range seen.list {
			i := r.Instance
			i.Ailing = k.ailingOf(r.Name)
			out = append(out, i)
		}
	}
	return out
}

// Seen are the replicas of the last look.
func (k *Keeper) Seen() []replica.Replica {
	if seen := k.seen.Load(); seen != nil {
		return seen.list
	}
	return nil
}

// Look makes the keeper look now.
func (k *Keeper) Look() { k.kick() }

// kick makes the watcher look now.
func (k *Keeper) kick() {
	select {
	case k.kicks <- struct{}{}:
	default:
	}
}

// Watch compares what runs and what the edge routes with what should, again and again. It needs no control plane.
func (k *Keeper) Watch(ctx context.Context) error {
	tick := time.NewTicker(k.opts.Watch)
	defer tick.Stop()
	blind := false
	for {
		switch err := k.lookAround(ctx); {
		case err == nil && blind:
			blind = false
			k.log.Info("agent: the runtimes and the edge answer again")
		case err != nil && !blind && ctx.Err() == nil:
			blind = true
			k.log.Error("agent: cannot see what runs or what is routed; looking again until it works", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-k.kicks:
		}
	}
}

// lookAround is one look.
func (k *Keeper) lookAround(ctx context.Context) error {
	at := time.Now()
	list, err := k.runtimes.All(ctx)
	if err != nil {
		return err
	}
	now := &snapshot{at: at, list: list}
	before := k.seen.Swap(now)
	there := map[string]bool{}
	for _, r := range list {
		there[r.Name] = true
	}
	k.readies.keep(there)
	k.followers.Keep(there)
	if before != nil {
		k.remarkChanges(before.list, list)
	}
	k.followers.Follow(slices.DeleteFunc(slices.Clone(list), k.ending))
	if k.suspended.Load() {
		return nil
	}
	k.lookAtAiling(ctx, list)
	table, err := k.table(ctx)
	if table != nil && !k.adopted {
		if err := k.adopt(*table, list); err != nil {
			return err
		}
		k.adopted = true
	}
	for _, service := range k.state.Services() {
		unlock, free := k.locks.TryLock(service)
		if !free {
			continue // a command is at work on it
		}
		k.life.Go(func() {
			defer unlock()
			k.tend(ctx, service, now, table)
		})
	}
	return err
}

// table returns the edge's routes; nil where there is no edge or it does not answer.
func (k *Keeper) table(ctx context.Context) (*control.Table, error) {
	if k.edge == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
	defer cancel()
	table, err := k.edge.Table(ctx)
	if err != nil {
		return nil, err
	}
	return &table, nil
}

// tend revives a service's dead replicas and brings the edge to what runs. The caller holds the service.
func (k *Keeper) tend(ctx context.Context, service string, now *snapshot, table *control.Table) {
	list, err := now.of(service), error(nil)
	if k.locks.FreedAfter(service, now.at) {
		list, err = k.runtimes.Of(ctx, service, "")
	}
	if err == nil {
		err = k.revive(ctx, service, list)
	}
	if err == nil && table != nil {
		err = k.bringEdge(ctx, service, list, entryOf(*table, service))
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, runtime.ErrUnavailable) {
		k.log.Warn("agent: a service is not as it should be; trying again", "service", service, "error", err)
	}
}

// bringEdge gives the edge a service's ready replicas where it has others.
func (k *Keeper) bringEdge(ctx context.Context, service string, list []replica.Replica, entry *control.Service) error {
	svc, known := k.state.Service(service)
	if !known || !svc.Routed {
		return nil
	}
	for _, share := range svc.Split {
		if spec, known := k.state.Spec(service, share.ReleaseID); known {
			k.probeNew(ctx, list, spec)
		}
	}
	pools := k.poolsOf(svc, list)
	if !serve(pools) || routesTo(entry, svc, pools) {
		return nil
	}
	// The entry may be older than the last command on this service.
	entry, err := k.routed(ctx, service)
	if err != nil || routesTo(entry, svc, pools) {
		return err
	}
	k.log.Info("agent: bringing the edge to what runs", "service", service, "pools", pools)
	return k.put(ctx, svc, pools)
}

// probeNew gives replicas that run anew their chance to become ready.
func (k *Keeper) probeNew(ctx context.Context, list []replica.Replica, spec state.Spec) {
	q := questionOf(spec.Start.Health, spec.Counted)
	q.Timeout = min(q.Timeout, 2*time.Second)
	for _, r := range list {
		if r.Labels.Release != spec.Start.Release || r.State != runtime.Running || r.Address == "" || k.readies.is(r.Instance) {
			continue
		}
		if probe.Ask(ctx, k.opts.Probe, r.Address, q).OK {
			k.readies.add(r.Instance)
		} else {
			time.AfterFunc(k.opts.Watch/4, k.kick)
		}
	}
}

// ending reports whether the keeper is ending a replica itself: its follower is finishing.
func (k *Keeper) ending(r replica.Replica) bool { return k.stops.is(r.Name) }
