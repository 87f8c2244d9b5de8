package activities

import (
	"context"
	"slices"
	"strconv"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
)

// fitsPlacement refuses a placement that cannot be done any more, whatever it was when it was asked for.
func fitsPlacement(asked *deployment.Deployment, s *service.Service) error {
	switch {
	case s.Stopped:
		return domain.Errorf(domain.Conflict, "the service is stopped: start it, then move it").WithReason("stopped")
	case len(s.Split) > 1:
		return domain.Errorf(domain.Conflict, "several releases share the traffic of the service: "+
			"give all of it to one of them, then move it").WithReason("traffic_split")
	}
	return asked.Placement.Check(s.DesiredReplicas())
}

// joinServers puts a service on the list of every server that it is to run on, so that none of them can be removed
// meanwhile.
func (p *Plans) joinServers(ctx context.Context, plan Plan) error {
	for _, id := range plan.Placement.Servers() {
		place := func(s *server.Server) ([]domain.Event, error) { return s.PlaceService(plan.ServiceID) }
		cmd := plan.ref().command("place/" + id)
		if _, err := eventstore.Execute(ctx, p.Log, server.Stream(id), cmd, place); err != nil {
			return refused(err)
		}
	}
	return nil
}

// placeEmpty places a service that has no release. Nothing runs, so that is all there is to do.
func (p *Plans) placeEmpty(ctx context.Context, r DeploymentRef, plan Plan) error {
	begin := func(d *deployment.Deployment) ([]domain.Event, error) { return d.Start(deployment.Where{}) }
	if _, err := say(ctx, p.Log, r, "begin", begin); err != nil {
		return err
	}
	if err := p.joinServers(ctx, plan); err != nil {
		return err
	}
	if err := placed(ctx, p.Log, plan); err != nil {
		return err
	}
	if err := settleMembership(ctx, p.Log, r, idsOf(plan.Left)); err != nil {
		return err
	}
	_, err := say(ctx, p.Log, r, "succeed", func(d *deployment.Deployment) ([]domain.Event, error) {
		return d.Succeed("", map[string]string{"targets": strconv.Itoa(len(plan.Targets))})
	})
	return err
}

// placed records on which targets a service runs.
func placed(ctx context.Context, log *eventstore.Log, p Plan) error {
	place := func(s *service.Service) ([]domain.Event, error) { return s.Place(p.Placement, p.DeploymentID) }
	_, err := eventstore.Execute(ctx, log, service.Stream(p.ServiceID), p.ref().command("placed"), place)
	return refused(err)
}

// settleMembership takes a service off the lists of those servers that it is not placed on.
func settleMembership(ctx context.Context, log *eventstore.Log, r DeploymentRef, servers []string) error {
	svc, err := eventstore.Load[service.Service](ctx, log, service.Stream(r.ServiceID))
	if err != nil {
		return err
	}
	for _, id := range servers {
		if !svc.State.Deleted && svc.State.Placement.Has(id) {
			continue
		}
		unplace := func(s *server.Server) ([]domain.Event, error) { return s.UnplaceService(r.ServiceID) }
		if _, err := eventstore.Execute(ctx, log, server.Stream(id), r.command("unplace/"+id), unplace); err != nil {
			return refused(err)
		}
	}
	return nil
}

// targetsOf returns the servers that the steps of a deployment are about. There are none before it has begun, and before
// that it has put its service on no server's list.
func targetsOf(d *deployment.Deployment) []string {
	var servers []string
	for _, p := range d.Plan {
		if p.Step.Target != "" {
			servers = append(servers, p.Step.Target)
		}
	}
	slices.Sort(servers)
	return slices.Compact(servers)
}

// Leave ends the step that removes a service from a server it has left: the service is off the server's list from now on,
// also where the server could not be reached. Then its agent finds by itself that nothing of the service should be there.
func (f *Facts) Leave(ctx context.Context, o Order, skipped string) error {
	if err := settleMembership(ctx, f.Log, o.Plan.ref(), []string{o.Plan.ServerID}); err != nil {
		return err
	}
	evidence := map[string]string{"server": o.Plan.ServerName}
	if skipped != "" {
		evidence["skipped"] = skipped
	}
	return o.advance(ctx, f.Log, deployment.Remove, evidence)
}
