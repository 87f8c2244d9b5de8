package activities

import (
	"context"
	"slices"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"golang.org/x/sync/errgroup"
)

// servers returns the targets of a placement as the log knows them. One whose server was removed is refused.
func (p *Plans) servers(ctx context.Context, placement service.Placement) ([]Target, error) {
	targets, err := p.present(ctx, placement)
	if err != nil {
		return nil, err
	}
	for _, t := range placement {
		if !slices.Contains(idsOf(targets), t.ID) {
			return nil, refused(domain.Errorf(domain.Conflict, "server %s, on which the service is placed, was removed: place the service elsewhere",
				t.ID).WithReason("server_removed"))
		}
	}
	return targets, nil
}

// present returns the targets of a placement whose servers were not removed.
func (p *Plans) present(ctx context.Context, placement service.Placement) ([]Target, error) {
	targets := make([]Target, len(placement))
	group, gctx := errgroup.WithContext(ctx)
	for i, t := range placement {
		group.Go(func() error {
			srv, err := eventstore.Load[server.Server](gctx, p.Log, server.Stream(t.ID))
			if err == nil && srv.State.ID != "" && !srv.State.Removed {
				targets[i] = Target{
					ServerID:   t.ID,
					ServerName: srv.State.Name,
					Replicas:   t.Replicas,
					BuildLimit: max(srv.State.BuildLimit, 1),
				}
			}
			return err
		})
	}
	err := group.Wait()
	return slices.DeleteFunc(targets, func(t Target) bool { return t.ServerID == "" }), err
}

// locate finds the agents of a plan's servers, and who builds: the first target whose agent is there, or the first at all.
func (p *Plans) locate(ctx context.Context, plan *Plan) error {
	for _, list := range [][]Target{plan.Targets, plan.Left} {
		if err := p.locateAll(ctx, list); err != nil {
			return err
		}
	}
	if len(plan.Targets) > 0 {
		i := slices.IndexFunc(plan.Targets, func(t Target) bool { return t.Location.Online })
		plan.BuildOn = plan.Targets[max(i, 0)].ServerID
	}
	return nil
}

func (p *Plans) locateAll(ctx context.Context, targets []Target) error {
	group, ctx := errgroup.WithContext(ctx)
	for i := range targets {
		group.Go(func() (err error) {
			targets[i].Location, err = p.Locate(ctx, targets[i].ServerID)
			return err
		})
	}
	return group.Wait()
}

func idsOf(targets []Target) []string {
	ids := make([]string, 0, len(targets))
	for _, t := range targets {
		ids = append(ids, t.ServerID)
	}
	return ids
}
