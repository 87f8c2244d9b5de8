package activities

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/service"
)

// OperationOrder is one try of an operation.
type OperationOrder struct {
	Plan    OperationPlan `json:"plan"`
	Attempt int           `json:"attempt,omitempty"`
}

// OperateDeadline is how long an agent may take for an operation. A rolling restart waits at each replica's health gate.
func OperateDeadline(p OperationPlan) time.Duration {
	if p.OperationRef.Kind == service.Stop {
		return StopDeadline(p.Config) + RouteDeadline
	}
	return startDeadline(p) + healthDeadline(p.Release.Config) + 2*RouteDeadline
}

func startDeadline(p OperationPlan) time.Duration {
	return StartDeadline + time.Duration(p.Replicas)*healthDeadline(p.Release.Config)
}

// Operate stops, starts, restarts or scales a service, looks at the result and records it.
func (a *Agents) Operate(ctx context.Context, o OperationOrder) error {
	return beat(ctx, func(ctx context.Context, note func(string)) error { return a.operate(ctx, o, note) })
}

func (a *Agents) operate(ctx context.Context, o OperationOrder, note func(string)) error {
	p, op := o.Plan, o.Plan.OperationRef
	id := func(step string) string { return op.OperationID + "/" + step + "/" + strconv.Itoa(o.Attempt+1) }
	run := func(recreate bool) error {
		start, err := a.startCommand(ctx, p.Subject, op.OperationID, p.Release, p.Replicas)
		if err != nil {
			return err
		}
		start.Recreate = recreate
		if _, err := ask[wire.Started](ctx, a, p.ServerID, id("start"), wire.KindStart, start, startDeadline(p), note); err != nil {
			return err
		}
		if _, err := ask[wire.Healthy](ctx, a, p.ServerID, id("health"), wire.KindHealth, start.Health, healthDeadline(p.Release.Config), note); err != nil {
			return err
		}
		_, err = ask[wire.Routed](ctx, a, p.ServerID, id("route"), wire.KindRoute, wire.Route{Owner: p.owner(op.OperationID), Release: p.Release.ReleaseID, Hosts: p.Hosts}, RouteDeadline, note)
		return err
	}
	var err error
	switch op.Kind {
	case service.Stop:
		_, err = ask[wire.Stopped](ctx, a, p.ServerID, id("stop"), wire.KindStop, wire.Stop{
			Owner: p.owner(op.OperationID), GraceSeconds: p.Config.Run.StopGraceSeconds, Unroute: true,
		}, StopDeadline(p.Config), note)
	case service.Start:
		err = run(false)
	case service.Restart:
		err = run(true)
	case service.Scale:
		if p.Stopped {
			break // the number is remembered for the next start
		}
		err = run(false)
	default:
		err = refused(domain.Errorf(domain.Invalid, "operation %q is unknown", op.Kind))
	}
	if err != nil {
		return err
	}
	seen, err := a.observe(ctx, p.Subject, op.OperationID, p.Release.ReleaseID, note)
	if err != nil {
		return err
	}
	if wrong := unlike(seen, p); wrong != "" {
		return failed(ErrTypeUnverified, Failure{Code: "not_verified", Reason: wrong})
	}
	return endOperation(ctx, a.Log, OperationEnd{Organization: op.Organization, ServiceID: op.ServiceID, OperationID: op.OperationID, Kind: op.Kind}, op.Replicas)
}

// unlike says what an operation did not reach, for a person.
func unlike(seen wire.Observed, p OperationPlan) string {
	if p.OperationRef.Kind == service.Scale && p.Stopped {
		return ""
	}
	if p.OperationRef.Kind != service.Stop {
		return amiss(seen, p.Release, p.Replicas)
	}
	for _, i := range seen.Instances {
		if i.State == runtime.Running {
			return fmt.Sprintf("replica %s still runs", i.Name)
		}
	}
	return ""
}
