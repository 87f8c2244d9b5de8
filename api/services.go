package api

import (
	"context"
	"strconv"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/reservation"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
)

type listServicesInput struct {
	Paging
	Project string `query:"project" maxLength:"64" doc:"Only this project's services."`
}

func (a *API) listServices(ctx context.Context, in *listServicesInput) (*answer[Page[projections.Service]], error) {
	org := identityOf(ctx).Organization
	rows, next, err := a.Queries.Services(ctx, org, in.Project, in.requestWithin(a.within(ctx)))
	if err != nil {
		return nil, err
	}
	if err := a.addURLs(ctx, org, rows); err != nil {
		return nil, err
	}
	return &answer[Page[projections.Service]]{Body: page(rows, next)}, nil
}

type tagged[T any] struct {
	ETag string `header:"ETag" doc:"The version of the settings, for If-Match."`
	Body T
}

func (a *API) getService(ctx context.Context, in *ByID) (*tagged[projections.Service], error) {
	row, err := a.serviceRow(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &tagged[projections.Service]{ETag: etag(row.ConfigVersion), Body: row}, nil
}

func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

func (a *API) serviceRow(ctx context.Context, serviceID string) (projections.Service, error) {
	org := identityOf(ctx).Organization
	row, err := a.Queries.Service(ctx, org, serviceID)
	if err != nil {
		return row, err
	}
	rows := []projections.Service{row}
	err = a.addURLs(ctx, org, rows)
	return rows[0], err
}

type createServiceInput struct {
	Body struct {
		ProjectID string        `json:"project_id" maxLength:"64"`
		ServerID  string        `json:"server_id,omitempty" maxLength:"64" doc:"Where it runs. May be left out while the organization has exactly one server, or where placement says it."`
		Placement []TargetInput `json:"placement,omitempty" maxItems:"10" doc:"Where it runs, instead of server_id."`
		Slug      string        `json:"slug" minLength:"1" maxLength:"30" doc:"Part of its host name. It stays." example:"web"`
		Name      string        `json:"name,omitempty" maxLength:"100" doc:"For people; the slug where absent."`
		Config    *ConfigInput  `json:"config,omitempty" doc:"Its settings; what is left out has its default."`
	}
}

func (a *API) createService(ctx context.Context, in *createServiceInput) (*written[projections.Service], error) {
	if err := a.mayIn(ctx, in.Body.ProjectID); err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	serviceID := id.Derived(id.Service, cmd.ID)
	made, err := eventstore.Load[service.Service](ctx, a.Log, service.Stream(serviceID))
	if err != nil {
		return nil, err
	}
	if made.State.ID != "" {
		// An earlier try came this far: its own event is the answer, whatever is taken or gone by now.
		res, err := eventstore.Execute(ctx, a.Log, service.Stream(serviceID), cmd, func(*service.Service) ([]domain.Event, error) { return nil, nil })
		if err != nil {
			return nil, err
		}
		return a.service(ctx, res, serviceID)
	}
	c, projectSlug, err := a.plan(ctx, in, made.State, serviceID)
	if err != nil {
		return nil, err
	}
	fresh, err := a.reserve(ctx, cmd, serviceID, append([]name{serviceName(c.ProjectID, c.Slug)}, hosts(c.Config.Domains)...)...)
	if err != nil {
		return nil, err
	}
	host, err := a.reserveHost(ctx, cmd, serviceID, projectSlug, c.Slug)
	if err != nil {
		a.giveBack(ctx, cmd, serviceID, fresh...)
		return nil, err
	}
	c.Host = host.name
	if err := a.join(ctx, cmd, c); err != nil {
		a.giveBack(ctx, cmd, serviceID, append(fresh, host)...)
		return nil, err
	}
	res, err := eventstore.Execute(ctx, a.Log, service.Stream(serviceID), cmd, func(s *service.Service) ([]domain.Event, error) {
		return s.Create(c)
	})
	if err != nil {
		a.giveBack(ctx, cmd, serviceID, append(fresh, host)...)
		return nil, err
	}
	return a.service(ctx, res, serviceID)
}

// plan checks all that can be checked before a name is taken.
func (a *API) plan(ctx context.Context, in *createServiceInput, s *service.Service, serviceID string) (service.Created, string, error) {
	c := service.Created{ServiceID: serviceID, ProjectID: in.Body.ProjectID, Slug: in.Body.Slug, Name: in.Body.Name}
	if c.Name == "" {
		c.Name = c.Slug
	}
	if in.Body.Config != nil {
		c.Config = service.Config(*in.Body.Config)
	}
	var err error
	if c.Config.Domains, err = domain.ParseHosts(c.Config.Domains); err != nil {
		return c, "", err
	}
	if c.Config.Source.Kind == "" {
		c.Config.Source.Kind = service.Upload
	}
	if _, err := s.Create(c); s.ID != "" || s.Deleted {
		return c, "", err
	}
	if c.Placement, err = a.firstPlacement(ctx, in.Body.ServerID, in.Body.Placement); err != nil {
		return c, "", err
	}
	if _, err := s.Create(c); err != nil {
		return c, "", err
	}
	p, err := load[project.Project](ctx, a, "project "+c.ProjectID, project.Stream(c.ProjectID))
	if err != nil {
		return c, "", err
	}
	if p.Deleted {
		return c, "", domain.Errorf(domain.NotFound, "project %s does not exist", c.ProjectID)
	}
	return c, p.Slug, nil
}

func serviceName(projectID, slug string) name {
	return name{reservation.ServiceSlug, projectID + "/" + slug}
}

func hosts(domains []string) []name {
	names := make([]name, len(domains))
	for i, d := range domains {
		names[i] = name{reservation.Host, d}
	}
	return names
}

func (a *API) service(ctx context.Context, res eventstore.Result, serviceID string) (*written[projections.Service], error) {
	row, err := readBack(ctx, a, res.Position, func(ctx context.Context) (projections.Service, error) {
		return a.serviceRow(ctx, serviceID)
	})
	if err != nil {
		return nil, err
	}
	return wrote(res, row), nil
}

func (a *API) deleteService(ctx context.Context, in *ByID) (*done, error) {
	s, err := load[service.Service](ctx, a, "service "+in.ID, service.Stream(in.ID))
	if err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	res, err := eventstore.Execute(ctx, a.Log, service.Stream(in.ID), cmd, func(s *service.Service) ([]domain.Event, error) {
		return s.Delete()
	})
	if err != nil {
		return nil, err
	}
	if err := a.leave(ctx, cmd, s); err != nil {
		return nil, err
	}
	if err := a.release(ctx, cmd, in.ID, append(hosts(s.Hosts()), serviceName(s.ProjectID, s.Slug))...); err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	return &done{Position: res.Position.String()}, nil
}
