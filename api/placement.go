package api

import (
	"context"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/projections"
)

// TargetInput is a target as a caller names it.
type TargetInput struct {
	Kind     service.TargetKind `json:"kind,omitempty" doc:"What it is; server where absent."`
	ID       string             `json:"id" minLength:"1" maxLength:"64" doc:"Its id."`
	Replicas int                `json:"replicas,omitempty" minimum:"0" maximum:"20" doc:"How many copies run there; as many as the settings say where absent."`
}

type placeServiceInput struct {
	ByID
	Body struct {
		Targets []TargetInput `json:"targets" minItems:"1" maxItems:"10" doc:"Where the service is to run, instead of where it runs now."`
	}
}

// placeService asks for a placement. It is a deployment of the live release: started and healthy on all targets before the
// traffic moves to them, and then removed from the servers that are left.
func (a *API) placeService(ctx context.Context, in *placeServiceInput) (*written[projections.Deployment], error) {
	return a.deploy(ctx, in.ID, in.Body, func(ctx context.Context, s *service.Service, r *deployment.Requested) (err error) {
		r.Kind = deployment.Place
		if r.Placement, err = a.placement(ctx, in.Body.Targets); err != nil {
			return err
		}
		return s.MayPlace(r.Placement)
	})
}

// placement checks that targets are there.
func (a *API) placement(ctx context.Context, targets []TargetInput) (service.Placement, error) {
	placement := make(service.Placement, 0, len(targets))
	for _, t := range targets {
		if t.Kind == "" {
			t.Kind = service.ServerTarget
		}
		if err := a.serverIsThere(ctx, t.ID); err != nil {
			return nil, err
		}
		placement = append(placement, service.Target(t))
	}
	return placement, nil
}

func (a *API) serverIsThere(ctx context.Context, serverID string) error {
	s, err := load[server.Server](ctx, a, "server "+serverID, server.Stream(serverID))
	if err == nil && s.Removed {
		err = domain.Errorf(domain.NotFound, "server %s does not exist", serverID)
	}
	return err
}

// firstPlacement is where a new service runs: where it is asked for, or on the only server.
func (a *API) firstPlacement(ctx context.Context, serverID string, targets []TargetInput) (service.Placement, error) {
	switch {
	case serverID != "" && len(targets) > 0:
		return nil, domain.Errorf(domain.Invalid, "give either server_id or placement, not both").WithReason("two_placements")
	case len(targets) > 0:
		return a.placement(ctx, targets)
	case serverID != "":
		return service.On(serverID), a.serverIsThere(ctx, serverID)
	}
	servers, _, err := a.Queries.Servers(ctx, identityOf(ctx).Organization, projections.PageRequest{Limit: 2})
	switch {
	case err != nil:
		return nil, err
	case len(servers) == 0:
		return nil, domain.Errorf(domain.Conflict, "there is no server to run it on: add one with `syn server add NAME`").WithReason("no_server")
	case len(servers) > 1:
		return nil, domain.Errorf(domain.Invalid, "there are several servers: say in server_id which one").WithReason("which_server")
	}
	return service.On(servers[0].ID), nil
}

// serverWith returns a server where a replica of a service runs: the one with the named replica, or the first that is
// online. Where none is online it is the first.
func (a *API) serverWith(ctx context.Context, s *service.Service, instance string) (string, error) {
	online, err := a.liveServers(ctx, identityOf(ctx).Organization)
	if err != nil {
		return "", err
	}
	servers := s.Placement.Servers()
	for _, id := range servers {
		if online[id] != nil && (instance == "" || online[id].runs(instance)) {
			return id, nil
		}
	}
	return servers[0], nil
}
