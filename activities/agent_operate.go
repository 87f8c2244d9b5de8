package activities

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
)

// OperationOrder is one try of an operation.
type OperationOrder struct {
	Plan    OperationPlan `json:"plan"`
	Attempt int           `json:"attempt,omitempty"`
	// Last is true on the last of the service's targets: from then on the operation is done.
	Last bool `json:"last"`
}

// OperateDeadline is how long an agent may take for an operation. A rolling restart waits at each replica's health gate.
func OperateDeadline(p OperationPlan) time.Duration {
	if p.OperationRef.Kind == service.Stop {
		return StopDeadline(p.Config) + RouteDeadline
	}
	total := 2 * RouteDeadline
	for _, r := range p.Releases {
		total += startDeadline(r, p.Replicas) + healthDeadline(r.Config)
	}
	return total
}

func startDeadline(r release.Created, replicas int) time.Duration {
	return StartDeadline + time.Duration(replicas)*healthDeadline(r.Config)
}

// commandID names the command of one step of an operation.
func (o OperationOrder) commandID(step string) string {
	return o.Plan.OperationRef.OperationID + "/" + step + "/" + strconv.Itoa(o.Attempt+1)
}

// Operate stops, starts, restarts or scales a service, looks at the result and records it.
func (a *Agents) Operate(ctx context.Context, o OperationOrder) error {
	return withHeartbeats(ctx, func(ctx context.Context, note func(string)) error { return a.operate(ctx, o, note) })
}

func (a *Agents) operate(ctx context.Context, o OperationOrder, note func(string)) error {
	p, op := o.Plan, o.Plan.OperationRef
	var err error
	switch op.Kind {
	case service.Stop:
		stop := stopCommand(p.owner(op.OperationID), p.Config)
		stop.Unroute = true
		_, err = ask[wire.Stopped](ctx, a, p.ServerID, o.commandID("stop"), wire.KindStop, stop, StopDeadline(p.Config), note)
	case service.Start:
		err = a.run(ctx, o, false, note)
	case service.Restart:
		err = a.run(ctx, o, true, note)
	case service.Scale:
		if p.Stopped {
			break // the number is remembered for the next start
		}
		err = a.run(ctx, o, false, note)
	default:
		err = refused(domain.Errorf(domain.Invalid, "operation %q is unknown", op.Kind))
	}
	if err != nil {
		return err
	}
	if err := a.reached(ctx, p, note); err != nil || !o.Last {
		return err
	}
	return endOperation(ctx, a.Log, OperationEnd{Organization: op.Organization, ServiceID: op.ServiceID, OperationID: op.OperationID, Kind: op.Kind}, op.Replicas)
}

// run starts every release that has traffic, waits at their health gates, and routes.
func (a *Agents) run(ctx context.Context, o OperationOrder, recreate bool, note func(string)) error {
	p, op := o.Plan, o.Plan.OperationRef.OperationID
	for i, r := range p.Releases {
		start, err := a.startCommand(ctx, p.Subject, op, r, p.Replicas, p.Hosts)
		if err != nil {
			return err
		}
		start.Recreate = recreate
		_, err = ask[wire.Started](ctx, a, p.ServerID, o.commandID(nth("start", i)), wire.KindStart, start,
			startDeadline(r, p.Replicas), note)
		if err != nil {
			return err
		}
		_, err = ask[wire.Healthy](ctx, a, p.ServerID, o.commandID(nth("health", i)), wire.KindHealth, start.Health,
			healthDeadline(r.Config), note)
		if err != nil {
			return err
		}
	}
	peers, err := a.peers(ctx, p.ServerID, p.Targets, nil, p.Split.Releases())
	if err != nil {
		return err
	}
	route := wire.Route{Owner: p.owner(op), Shares: p.Split, Hosts: p.Hosts, Peers: peers}
	_, err = ask[wire.Routed](ctx, a, p.ServerID, o.commandID("route"), wire.KindRoute, route, RouteDeadline, note)
	return err
}

// reached looks whether an operation did what it should, at every release that has traffic.
func (a *Agents) reached(ctx context.Context, p OperationPlan, note func(string)) error {
	for _, r := range p.Releases {
		seen, err := a.observe(ctx, p.Subject, p.OperationRef.OperationID, r.ReleaseID, note)
		if err != nil {
			return err
		}
		if wrong := unlike(seen, p, r); wrong != "" {
			return failed(ErrTypeUnverified, Failure{Code: "not_verified", Reason: wrong})
		}
	}
	return nil
}

// unlike returns what an operation did not reach for one release, for a person.
func unlike(seen wire.Observed, p OperationPlan, r release.Created) string {
	if p.OperationRef.Kind == service.Scale && p.Stopped {
		return ""
	}
	if p.OperationRef.Kind != service.Stop {
		return amiss(seen, r, p.Replicas, p.Split)
	}
	for _, i := range seen.Instances {
		if i.State == runtime.Running {
			return fmt.Sprintf("replica %s still runs", i.Name)
		}
	}
	return ""
}
