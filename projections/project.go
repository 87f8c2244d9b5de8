package projections

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/service"
)

// Project groups services.
type Project struct {
	ID        string    `json:"id"`
	Slug      string    `json:"slug"`
	Name      string    `json:"name"`
	Services  int       `json:"services"`
	CreatedAt time.Time `json:"created_at"`
}

var (
	projects = Table[Project]{Name: "project", Keys: []string{"slug"}, Indexes: []string{"(org_id, slug)"}}
	// projectServices remembers whose service is deleted: the event does not say.
	projectServices = Table[projectService]{Name: "project_service", Internal: true}
)

type projectService struct {
	ProjectID string `json:"project_id"`
}

func projectModel() Model {
	return Model{Name: "project", Version: 3, Tables: []schema{projects, projectServices}, Handlers: []Handler{
		on(func(_ context.Context, b *Batch, e Event[project.Created]) error {
			projects.Insert(b, e.Recorded, e.Fact.ProjectID, Project{ID: e.Fact.ProjectID, Slug: e.Fact.Slug, Name: e.Fact.Name, CreatedAt: e.At})
			return nil
		}),
		on(func(ctx context.Context, b *Batch, e Event[project.Renamed]) error {
			return projects.Edit(ctx, b, e.Subject(), func(p *Project) { p.Name = e.Fact.Name })
		}),
		on(func(_ context.Context, b *Batch, e Event[project.Deleted]) error {
			projects.Delete(b, e.Subject())
			return nil
		}),
		on(func(ctx context.Context, b *Batch, e Event[service.Created]) error {
			projectServices.Insert(b, e.Recorded, e.Fact.ServiceID, projectService{e.Fact.ProjectID})
			return projects.Edit(ctx, b, e.Fact.ProjectID, func(p *Project) { p.Services++ })
		}),
		on(func(ctx context.Context, b *Batch, e Event[service.Deleted]) error {
			of, err := projectServices.Get(ctx, b, e.Subject())
			if of == nil || err != nil {
				return err
			}
			projectServices.Delete(b, e.Subject())
			return projects.Edit(ctx, b, of.ProjectID, func(p *Project) { p.Services-- })
		}),
	}}
}

var bySlug = order[Project]{[]string{"slug"}, func(p Project) []string { return []string{p.Slug} }}

// Projects returns a page of an organization's projects, by slug.
func (q *Queries) Projects(ctx context.Context, org string, page PageRequest) ([]Project, string, error) {
	return ordered(ctx, q, org, projects, bySlug, match{{"id", page.Within}}, page)
}

// Project returns one project.
func (q *Queries) Project(ctx context.Context, org, id string) (Project, error) {
	return one(ctx, q, org, projects, "project", id, `WHERE org_id = $1 AND id = $2`, org, id)
}

// ProjectBySlug returns the project with a slug.
func (q *Queries) ProjectBySlug(ctx context.Context, org, slug string) (Project, error) {
	return one(ctx, q, org, projects, "project", slug, `WHERE org_id = $1 AND slug = $2`, org, slug)
}
