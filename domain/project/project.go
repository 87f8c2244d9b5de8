// Package project groups services under one name.
package project

import (
	"slices"

	"github.com/syntra-dev/syntra/domain"
)

// Stream names the project's stream.
func Stream(id string) string { return "project-" + id }

// Created opens the project.
type Created struct {
	ProjectID string `json:"project_id"`
	Slug      string `json:"slug"`
	Name      string `json:"name"`
}

// Renamed changes the display name; the slug, being part of host names, stays.
type Renamed struct {
	Name string `json:"name"`
}

// Deleted closes the project. Its services are deleted before.
type Deleted struct{}

func (Created) EventType() string { return "project.created" }
func (Renamed) EventType() string { return "project.renamed" }
func (Deleted) EventType() string { return "project.deleted" }

// Project is the state that decisions need.
type Project struct {
	ID       string
	Slug     string
	Name     string
	Services []string // ids of the members, in the order of their joining
	Deleted  bool
}

// Apply folds one event.
func (p *Project) Apply(e domain.Event) {
	switch e := e.(type) {
	case Created:
		p.ID, p.Slug, p.Name = e.ProjectID, e.Slug, e.Name
	case Renamed:
		p.Name = e.Name
	case ServiceAdded:
		p.Services = append(p.Services, e.ServiceID)
	case ServiceRemoved:
		p.Services = slices.DeleteFunc(p.Services, func(s string) bool { return s == e.ServiceID })
	case Deleted:
		p.Deleted = true
	}
}

// Create opens the project.
func (p *Project) Create(projectID, slug, name string) ([]domain.Event, error) {
	if p.ID != "" {
		return nil, domain.Errorf(domain.Conflict, "project %s exists already", projectID)
	}
	if err := domain.CheckSlug("project", slug); err != nil {
		return nil, err
	}
	if err := domain.CheckName("project", name); err != nil {
		return nil, err
	}
	return []domain.Event{Created{ProjectID: projectID, Slug: slug, Name: name}}, nil
}

// Rename changes the display name.
func (p *Project) Rename(name string) ([]domain.Event, error) {
	if err := p.mustExist(); err != nil {
		return nil, err
	}
	if name == "" {
		return nil, domain.Errorf(domain.Invalid, "a project needs a name").WithReason("bad_name")
	}
	if err := domain.CheckName("project", name); err != nil {
		return nil, err
	}
	if name == p.Name {
		return nil, nil
	}
	return []domain.Event{Renamed{Name: name}}, nil
}

// Delete closes the project; one that has services is refused.
func (p *Project) Delete() ([]domain.Event, error) {
	if err := p.mustExist(); err != nil {
		return nil, err
	}
	if n := len(p.Services); n > 0 {
		return nil, domain.Errorf(domain.Conflict, "project %q still has %d services: delete them first",
			p.Slug, n).WithReason("project_not_empty")
	}
	return []domain.Event{Deleted{}}, nil
}

func (p *Project) mustExist() error {
	if p.ID == "" || p.Deleted {
		return domain.Errorf(domain.NotFound, "project does not exist")
	}
	return nil
}
