package project

import (
	"slices"

	"github.com/syntra-dev/syntra/domain"
)

// MaxServices bounds the services of one project, and with them the state that each decision loads.
const MaxServices = 1000

// ServiceAdded makes a service a member of the project. It is written before the service's own creation, so that
// the project's stream decides between "delete the empty project" and "create a service in it".
type ServiceAdded struct {
	ServiceID string `json:"service_id"`
}

// ServiceRemoved ends a membership: the service is deleted, or its creation was given up.
type ServiceRemoved struct {
	ServiceID string `json:"service_id"`
}

func (ServiceAdded) EventType() string   { return "project.service_added" }
func (ServiceRemoved) EventType() string { return "project.service_removed" }

// AddService makes a service a member; adding a member again changes nothing.
func (p *Project) AddService(serviceID string) ([]domain.Event, error) {
	if err := p.mustExist(); err != nil {
		return nil, err
	}
	if slices.Contains(p.Services, serviceID) {
		return nil, nil
	}
	if len(p.Services) >= MaxServices {
		return nil, domain.Errorf(domain.Conflict, "project %q has %d services, which is the most: use another project",
			p.Slug, len(p.Services)).WithReason("project_full")
	}
	return []domain.Event{ServiceAdded{ServiceID: serviceID}}, nil
}

// RemoveService ends a membership; removing what is no member changes nothing.
func (p *Project) RemoveService(serviceID string) ([]domain.Event, error) {
	if !slices.Contains(p.Services, serviceID) {
		return nil, nil
	}
	return []domain.Event{ServiceRemoved{ServiceID: serviceID}}, nil
}
