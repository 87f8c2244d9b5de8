package activities

import (
	"context"
	"fmt"
	"slices"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/eventstore"
)

// Traffic is where the edge sends a service's requests.
type Traffic struct {
	// Split is empty where the edge has no route for the service.
	Split traffic.Split `json:"split"`
}

// LookAtTraffic asks the agent how the edge splits the traffic.
func (a *Agents) LookAtTraffic(ctx context.Context, o Order) (Traffic, error) {
	return resultWithHeartbeats(ctx, func(ctx context.Context, note func(string)) (Traffic, error) {
		seen, err := a.observe(ctx, o.Plan.Subject, o.Plan.DeploymentID, o.Release.ReleaseID, note)
		return Traffic{Split: seen.Split}, err
	})
}

// TrafficBegun reports whether a deployment has begun to move traffic: see deployment.Point.
func (f *Facts) TrafficBegun(ctx context.Context, r DeploymentRef) (bool, error) {
	d, err := eventstore.Load[deployment.Deployment](ctx, f.Log, deployment.Stream(r.DeploymentID))
	return d.State.TrafficBegun(), err
}

// Abandon removes the replicas of a release that was not kept, after a failure or a cancellation. It leaves a release
// alone that the log or the edge gives traffic to, or that was warm before. Where traffic moves already and the
// edge cannot be asked, Abandon fails and removes nothing.
func (a *Agents) Abandon(ctx context.Context, o Order) error {
	return withHeartbeats(ctx, func(ctx context.Context, note func(string)) error { return a.abandon(ctx, o, note) })
}

func (a *Agents) abandon(ctx context.Context, o Order, note func(string)) error {
	p, releaseID := o.Plan, o.Release.ReleaseID
	serves, err := a.serves(ctx, o, note)
	if err != nil || serves {
		return err
	}
	stop := stopCommand(p.owner(p.DeploymentID), o.Release.Config)
	stop.Releases, stop.Remove = []string{releaseID}, true
	id := fmt.Sprintf("%s/abandon/%d", p.DeploymentID, o.Attempt)
	_, err = ask[wire.Stopped](ctx, a, p.ServerID, id, wire.KindStop, stop, StopDeadline(o.Release.Config), note)
	if err != nil {
		return err
	}
	if !o.Last {
		return nil
	}
	return a.retired(ctx, p.Subject, p.ref().command("abandon"), releaseID)
}

// serves reports whether a release has, or may soon have, its service's traffic.
func (a *Agents) serves(ctx context.Context, o Order, note func(string)) (bool, error) {
	p, releaseID := o.Plan, o.Release.ReleaseID
	svc, err := eventstore.Load[service.Service](ctx, a.Log, service.Stream(p.ServiceID))
	if err != nil {
		return false, err
	}
	s := svc.State
	wasWarm := p.Target != nil && p.Target.ReleaseID == releaseID && slices.Contains(s.Warm, releaseID)
	if !s.Deleted && (s.Split.Has(releaseID) || wasWarm) {
		return true, nil
	}
	d, err := eventstore.Load[deployment.Deployment](ctx, a.Log, deployment.Stream(p.DeploymentID))
	if err != nil || !d.State.TrafficBegun() {
		return false, err
	}
	seen, err := a.observe(ctx, p.Subject, p.DeploymentID, releaseID, note)
	return seen.Split.Has(releaseID), err
}
