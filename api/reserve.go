package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/reservation"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
)

// OrphanAge is how old a reservation without its thing must be before another may take it over: the thing may be just
// about to be written.
const OrphanAge = time.Minute

// name is one to reserve.
type name struct {
	kind reservation.Kind
	name string
}

func (n name) stream() string { return reservation.Stream(n.kind, n.name) }

// reserve takes names for an owner before the owner is written. It answers those that were not the owner's before, for
// release when the write fails; when a name is taken it has released them itself.
func (a *API) reserve(ctx context.Context, cmd eventstore.Command, owner string, names ...name) ([]name, error) {
	var fresh []name
	for _, n := range names {
		made, err := a.reserveOne(ctx, cmd, owner, n)
		if err != nil {
			a.giveBack(ctx, cmd, owner, fresh...)
			return nil, err
		}
		if made {
			fresh = append(fresh, n)
		}
	}
	return fresh, nil
}

func (a *API) reserveOne(ctx context.Context, cmd eventstore.Command, owner string, n name) (bool, error) {
	try := func() (eventstore.Result, error) {
		// A name can be reserved, released and reserved again within one command that is tried again: each is its own.
		one := cmd
		one.ID = cmd.ID + "/reserve/" + n.stream() + "/" + id.New(id.Command)
		return eventstore.Execute(ctx, a.Log, n.stream(), one, func(r *reservation.Reservation) ([]domain.Event, error) {
			return r.Reserve(n.kind, n.name, owner)
		})
	}
	res, err := try()
	if domain.CodeOf(err) == domain.Conflict {
		var freed bool
		if freed, err = a.freeOrphan(ctx, n, err); freed {
			res, err = try()
		}
	}
	return len(res.Events) > 0, err
}

// release frees names if owner holds them.
func (a *API) release(ctx context.Context, cmd eventstore.Command, owner string, names ...name) error {
	// The caller may be gone; a name must not stay taken for that.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	for _, n := range names {
		one := cmd
		one.ID = cmd.ID + "/release/" + n.stream() + "/" + id.New(id.Command)
		_, err := eventstore.Execute(ctx, a.Log, n.stream(), one, func(r *reservation.Reservation) ([]domain.Event, error) {
			return r.Release(owner)
		})
		if err != nil {
			return fmt.Errorf("release the %s name %s: %w", n.kind, n.name, err)
		}
	}
	return nil
}

// giveBack releases names after a failure that is told already. Failing here too only costs the next one who wants the
// name the time until it counts as orphaned.
func (a *API) giveBack(ctx context.Context, cmd eventstore.Command, owner string, names ...name) {
	if err := a.release(ctx, cmd, owner, names...); err != nil {
		a.Logger.WarnContext(ctx, "a reserved name stays behind", "request_id", requestOf(ctx).id, "owner", owner, "error", err)
	}
}

// freeOrphan releases a name whose owner never came to be, or is gone, or uses it no more.
func (a *API) freeOrphan(ctx context.Context, n name, taken error) (bool, error) {
	owner, org, since, err := a.holder(ctx, n)
	if err != nil {
		return false, err
	}
	if owner == "" {
		return true, nil // released meanwhile
	}
	if a.now().Sub(since) < OrphanAge {
		return false, a.takenBy(ctx, n, owner, org, taken)
	}
	uses, err := a.uses(ctx, owner, n)
	if err != nil {
		return false, err
	}
	if uses {
		return false, a.takenBy(ctx, n, owner, org, taken)
	}
	a.Logger.InfoContext(ctx, "taking over an orphaned name", "kind", n.kind, "name", n.name, "owner", owner)
	system := eventstore.Command{ID: id.New(id.Command), Organization: org, Actor: domain.System("api")}
	return true, a.release(ctx, system, owner, n)
}

// takenBy says which service has a domain, to those who may know.
func (a *API) takenBy(ctx context.Context, n name, owner, org string, taken error) error {
	if n.kind != reservation.Host {
		return taken
	}
	by := "a service of another organization"
	if org == identityOf(ctx).Organization {
		row, err := a.Queries.Service(ctx, org, owner)
		if err != nil || a.mayIn(ctx, row.ProjectID) != nil {
			return taken
		}
		by = fmt.Sprintf("service %s/%s: remove it there first", row.ProjectSlug, row.Slug)
	}
	return domain.Errorf(domain.Conflict, "the domain %q is taken by %s", n.name, by).WithReason("name_taken")
}

func (a *API) holder(ctx context.Context, n name) (owner, org string, since time.Time, err error) {
	state := &reservation.Reservation{}
	for r, err := range a.Log.Read(ctx, n.stream(), 0) {
		if err != nil {
			return "", "", since, fmt.Errorf("read %s: %w", n.stream(), err)
		}
		e, err := a.Log.Codec.Decode(r.Type, r.Version, r.Data)
		if err != nil {
			return "", "", since, fmt.Errorf("read %s: %w", n.stream(), err)
		}
		state.Apply(e)
		org, since = r.Meta.Organization, r.At
	}
	return state.Owner, org, since, nil
}

// uses reports whether the owner exists and goes by the name.
func (a *API) uses(ctx context.Context, owner string, n name) (bool, error) {
	switch prefix, _, _ := strings.Cut(owner, "_"); prefix {
	case id.Organization:
		l, err := eventstore.Load[organization.Organization](ctx, a.Log, organization.Stream(owner))
		return l.State.ID != "", err
	case id.Project:
		l, err := eventstore.Load[project.Project](ctx, a.Log, project.Stream(owner))
		return l.State.ID != "" && !l.State.Deleted, err
	case id.Server:
		l, err := eventstore.Load[server.Server](ctx, a.Log, server.Stream(owner))
		return l.State.ID != "" && !l.State.Removed, err
	case id.Service:
		l, err := eventstore.Load[service.Service](ctx, a.Log, service.Stream(owner))
		alive := l.State.ID != "" && !l.State.Deleted
		if n.kind == reservation.Host {
			return alive && slices.Contains(l.State.Hosts(), n.name), err
		}
		return alive, err
	}
	return true, nil
}
