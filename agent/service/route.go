package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/edge/control"
)

var errNoEdge = errors.New("this server has no edge: `syntra agent` starts one beside itself, see edge.log in its data folder")

// edgeTimeout bounds one call to the edge, drains aside.
const edgeTimeout = 15 * time.Second

// Route splits the traffic of the service's hosts between releases. The edge moves first and the agent remembers after; an
// agent that is killed in between takes over what the edge has when it is back (adopt).
func (k *Keeper) Route(ctx context.Context, note func(string), r wire.Route) (wire.Routed, error) {
	if k.edge == nil {
		return wire.Routed{}, errNoEdge
	}
	if err := r.Shares.Check(); err != nil {
		return wire.Routed{}, err
	}
	list, err := k.runtimes.Of(ctx, r.Owner.Service, "")
	if err != nil {
		return wire.Routed{}, err
	}
	for _, i := range list {
		if r.Shares.Has(i.Labels.Release) && i.State == runtime.Running && i.Address != "" {
			k.readies.add(i.Instance)
		}
	}
	before, _ := k.state.Service(r.Owner.Service)
	svc := state.Service{
		ID:           r.Owner.Service,
		Organization: r.Owner.Organization,
		Project:      r.Owner.Project,
		Split:        r.Shares,
		Hosts:        r.Hosts,
		Peers:        r.Peers,
		Routed:       true,
	}
	pools := k.poolsOf(svc, list)
	if err := k.prove(svc.ID, pools); err != nil {
		return wire.Routed{}, err
	}
	if err := k.giveUp(ctx, svc.ID, svc.Hosts); err != nil {
		return wire.Routed{}, err
	}
	if err := k.put(ctx, svc, pools); err != nil {
		return wire.Routed{}, err
	}
	if err := k.state.PutService(svc); err != nil {
		return wire.Routed{}, err
	}
	out := wire.Routed{}
	for _, pool := range pools {
		out.Upstreams = append(out.Upstreams, pool.LocalAddresses()...)
	}
	if before.Routed && !before.Split.Same(svc.Split) {
		out.Previous = before.Split
	}
	return out, nil
}

// prove marks the releases of pools as proven, before they have traffic: a release that has it is revived whenever it dies.
// It refuses a pool that is to take traffic and cannot.
func (k *Keeper) prove(service string, pools []control.Pool) error {
	for _, pool := range pools {
		if _, known := k.state.Spec(service, pool.Release); !known && len(pool.Endpoints) == 0 {
			return fmt.Errorf("release %s was never started here, and no other server has it", pool.Release)
		}
		if len(pool.Endpoints) == 0 && pool.Weight > 0 {
			return &runtime.Error{Code: runtime.CodeCrashed, Message: fmt.Sprintf(
				"no replica of release %s runs: nothing can take the traffic", pool.Release)}
		}
	}
	for _, pool := range pools {
		if err := k.setProven(service, pool.Release); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) setProven(service, release string) error {
	spec, known := k.state.Spec(service, release)
	if !known || spec.Proven {
		return nil
	}
	spec.Proven = true
	return k.state.PutSpec(spec)
}

// put gives the edge one service's routes.
func (k *Keeper) put(ctx context.Context, svc state.Service, pools []control.Pool) error {
	if k.edge == nil {
		return errNoEdge
	}
	ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
	defer cancel()
	err := k.edge.PutService(ctx, control.Service{
		ID:           svc.ID,
		Hosts:        svc.Hosts,
		Organization: svc.Organization,
		Project:      svc.Project,
		Pools:        pools,
		Peers:        peerServers(svc.Peers),
	})
	if err != nil {
		return fmt.Errorf("point the edge at %s: %w", strings.Join(svc.Split.Releases(), ", "), err)
	}
	return nil
}

// hasTraffic reports whether a release has a share of its service's traffic.
func (k *Keeper) hasTraffic(service, release string) bool {
	svc, known := k.state.Service(service)
	return known && svc.Routed && svc.Split.Has(release) && k.edge != nil
}

// reroute gives the edge those of a service's replicas that are ready and whose releases have traffic. It never leaves a
// service without an upstream.
func (k *Keeper) reroute(ctx context.Context, service string, list []replica.Replica) error {
	svc, known := k.state.Service(service)
	if !known || !svc.Routed || k.edge == nil {
		return nil
	}
	pools := k.poolsOf(svc, list)
	if !serve(pools) {
		return nil
	}
	return k.put(ctx, svc, pools)
}

// unroute takes a service's traffic away. The edge keeps its hosts, to say that nothing runs there now, unless the service
// is to be forgotten.
func (k *Keeper) unroute(ctx context.Context, service string, forget bool) error {
	svc, known := k.state.Service(service)
	if k.edge != nil {
		ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
		defer cancel()
		held := false
		if known && !forget {
			// Refused where another service has one of the hosts by now: then there is nothing to keep.
			held = k.edge.PutService(ctx, control.Service{ID: svc.ID, Hosts: svc.Hosts, Organization: svc.Organization, Project: svc.Project}) == nil
		}
		if !held {
			if err := k.edge.DeleteService(ctx, service); err != nil {
				return fmt.Errorf("take the service off the edge: %w", err)
			}
		}
	}
	if !known || !svc.Routed {
		return nil
	}
	svc.Routed, svc.Left = false, false
	return k.state.PutService(svc)
}
