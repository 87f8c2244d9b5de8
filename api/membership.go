package api

import (
	"context"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
)

// A service is a member of its project and is placed on its servers. Both are decided on the parent's stream, before
// the service's own creation: of "delete the parent" and "create a service in it" exactly one succeeds.
//
// A creation that stops half-way leaves a membership without a service (an orphan). The same request sent again
// adopts it, because the service's id comes from the request's Idempotency-Key. Otherwise it expires: who deletes the
// parent after OrphanAge abandons the service first, on its own stream, so that a slow creation is refused.

// step is a command of its own within cmd. What it does is idempotent by the state, and may have to be done again
// after it was undone, so its id is new each time.
func step(cmd eventstore.Command, what string) eventstore.Command {
	cmd.ID += "/" + what + "/" + id.New(id.Command)
	return cmd
}

// join makes a service a member of its project and places it on its servers.
func (a *API) join(ctx context.Context, cmd eventstore.Command, c service.Created) error {
	_, err := eventstore.Execute(ctx, a.Log, project.Stream(c.ProjectID), step(cmd, "join"),
		func(p *project.Project) ([]domain.Event, error) { return p.AddService(c.ServiceID) })
	if err != nil {
		return err
	}
	for _, serverID := range c.Placement.Servers() {
		_, err = eventstore.Execute(ctx, a.Log, server.Stream(serverID), step(cmd, "place"),
			func(s *server.Server) ([]domain.Event, error) { return s.PlaceService(c.ServiceID) })
		if err != nil {
			return err
		}
	}
	return nil
}

// leave takes a service that is deleted off its project's and its servers' lists.
func (a *API) leave(ctx context.Context, cmd eventstore.Command, s *service.Service) error {
	if err := a.leaveProject(ctx, cmd, s.ProjectID, s.ID); err != nil {
		return err
	}
	for _, serverID := range s.Placement.Servers() {
		if err := a.leaveServer(ctx, cmd, serverID, s.ID); err != nil {
			return err
		}
	}
	return nil
}

func (a *API) leaveProject(ctx context.Context, cmd eventstore.Command, projectID, serviceID string) error {
	_, err := eventstore.Execute(ctx, a.Log, project.Stream(projectID), step(cmd, "leave"),
		func(p *project.Project) ([]domain.Event, error) { return p.RemoveService(serviceID) })
	return err
}

func (a *API) leaveServer(ctx context.Context, cmd eventstore.Command, serverID, serviceID string) error {
	_, err := eventstore.Execute(ctx, a.Log, server.Stream(serverID), step(cmd, "unplace"),
		func(s *server.Server) ([]domain.Event, error) { return s.UnplaceService(serviceID) })
	return err
}

// firstMember returns the first of a parent's services that exists, or nil where none does. It drops those before it
// that are gone or were never created; one that may be just about to be created is a refusal.
func (a *API) firstMember(ctx context.Context, cmd eventstore.Command, parent string, members []string,
	drop func(serviceID string) error,
) (*service.Service, error) {
	for _, serviceID := range members {
		l, err := eventstore.Load[service.Service](ctx, a.Log, service.Stream(serviceID))
		if err != nil {
			return nil, err
		}
		if l.State.MustExist() == nil {
			return l.State, nil
		}
		if err := a.abandon(ctx, cmd, parent, serviceID, l.State); err != nil {
			return nil, err
		}
		if err := drop(serviceID); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// abandon makes sure that a member which does not exist never will.
func (a *API) abandon(ctx context.Context, cmd eventstore.Command, parent, serviceID string, s *service.Service) error {
	if s.Deleted {
		return nil
	}
	since, err := a.memberSince(ctx, parent, serviceID)
	if err != nil {
		return err
	}
	if a.now().Sub(since) < OrphanAge {
		return domain.Errorf(domain.Conflict, "a service is being created here: try again in a minute").WithReason("service_in_creation")
	}
	_, err = eventstore.Execute(ctx, a.Log, service.Stream(serviceID), step(cmd, "abandon"), (*service.Service).Abandon)
	return err
}

// memberSince returns when a service was last put on its parent's list.
func (a *API) memberSince(ctx context.Context, parent, serviceID string) (since time.Time, err error) {
	for r, err := range a.Log.Read(ctx, parent, 0) {
		if err != nil {
			return since, fmt.Errorf("read %s: %w", parent, err)
		}
		e, err := a.Log.Codec.Decode(r.Type, r.Version, r.Data)
		if err != nil {
			return since, fmt.Errorf("read %s at revision %d: %w", parent, r.Revision, err)
		}
		switch e := e.(type) {
		case project.ServiceAdded:
			if e.ServiceID == serviceID {
				since = r.At
			}
		case server.ServicePlaced:
			if e.ServiceID == serviceID {
				since = r.At
			}
		}
	}
	return since, nil
}
