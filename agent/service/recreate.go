package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/edge/control"
)

// What a replica that is taken out of a running release gets to finish, in seconds.
const (
	retireSeconds       = 30
	retireSocketSeconds = 30
)

// recreate replaces a release's replicas one by one, each healthy before the next goes. A single replica with traffic
// gets a stand-in first, so that the service is never without one.
func (k *Keeper) recreate(ctx context.Context, note func(string), rt runtime.Runtime, spec state.Spec) error {
	s := spec.Start
	list, err := k.runtimes.Of(ctx, s.Owner.Service, s.Release)
	if err != nil {
		return err
	}
	running := slices.DeleteFunc(slices.Clone(list), func(r replica.Replica) bool { return r.State != runtime.Running })
	var standIn *replica.Replica
	if k.hasTraffic(s.Owner.Service, s.Release) && len(running) == 1 {
		n := max(s.Replicas, list[len(list)-1].Labels.Replica) + 1
		note("starting a stand-in")
		if standIn, err = k.bring(ctx, note, rt, spec, n); err != nil {
			return err
		}
	}
	for i, r := range list {
		if r.Labels.Replica > s.Replicas {
			continue // scale removes it
		}
		note(fmt.Sprintf("restarting replica %d of %d", i+1, len(list)))
		if r.State == runtime.Running {
			if err := k.takeOff(ctx, s, r); err != nil {
				return err
			}
		}
		if _, err := k.halt(ctx, []replica.Replica{r}, time.Duration(s.GraceSeconds)*time.Second, true); err != nil {
			return err
		}
		if _, err := k.bring(ctx, note, rt, spec, r.Labels.Replica); err != nil {
			return err
		}
	}
	if standIn != nil {
		return k.retire(ctx, s, *standIn)
	}
	return nil
}

// bring starts one replica, waits until it is healthy, and gives it its share of the traffic if its release has any.
func (k *Keeper) bring(ctx context.Context, note func(string), rt runtime.Runtime, spec state.Spec, n int) (*replica.Replica, error) {
	s := spec.Start
	if err := k.launch(ctx, rt, s, []int{n}, nil); err != nil {
		return nil, err
	}
	gate := gate{spec: spec, health: s.Health, only: n, note: note}
	if _, err := k.pass(ctx, gate); err != nil {
		return nil, err
	}
	list, err := k.runtimes.Of(ctx, s.Owner.Service, "")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(r replica.Replica) bool { return r.Labels.Release == s.Release && r.Labels.Replica == n })
	if i < 0 {
		return nil, fmt.Errorf("replica %d went away after its start", n)
	}
	return &list[i], k.reroute(ctx, s.Owner.Service, list)
}

// takeOff takes a replica out of the edge's pool and waits until nothing is under way to it. It does nothing where the
// release has no traffic. The last ready replica of a release that has traffic is never taken off, unless other
// servers have some.
func (k *Keeper) takeOff(ctx context.Context, s wire.Start, r replica.Replica) error {
	if !k.hasTraffic(s.Owner.Service, s.Release) || r.Address == "" {
		return nil
	}
	list, err := k.runtimes.Of(ctx, s.Owner.Service, "")
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(list, func(o replica.Replica) bool { return o.Name == r.Name })
	svc, _ := k.state.Service(s.Owner.Service)
	if len(k.readyOf(others, s.Release)) == 0 && len(peerEndpoints(svc.Peers, s.Release)) == 0 {
		return nil // better the one request that meets the restart than a service without any upstream
	}
	if err := k.reroute(ctx, s.Owner.Service, others); err != nil {
		return err
	}
	_, err = k.edge.Drain(ctx, s.Owner.Service, control.DrainRequest{
		Release: s.Release, Endpoint: r.Address, Seconds: retireSeconds, WebSocketSeconds: retireSocketSeconds,
	})
	if err != nil {
		return fmt.Errorf("drain replica %d: %w", r.Labels.Replica, err)
	}
	return nil
}
