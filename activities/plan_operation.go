package activities

import (
	"context"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/eventstore"
)

// OperationRef names an operation.
type OperationRef struct {
	Organization string                `json:"org"`
	ServiceID    string                `json:"service_id"`
	OperationID  string                `json:"operation_id"`
	Kind         service.OperationKind `json:"kind"`
	Replicas     int                   `json:"replicas,omitempty"`
}

// OperationPlan is what an operation is to do.
type OperationPlan struct {
	Subject
	OperationRef OperationRef `json:"operation"`
	// Split is how the traffic is divided, and Releases are the releases in it, in its order.
	Split    traffic.Split     `json:"split"`
	Releases []release.Created `json:"releases"`
	Config   service.Config    `json:"config"`
	Hosts    []string          `json:"hosts"`
	// Targets are the servers that the service is placed on.
	Targets []Target `json:"targets"`
	// Replicas that each release should have on the server that a piece of work is about.
	Replicas int `json:"replicas,omitempty"`
	// Stopped is true where nothing of the service runs.
	Stopped bool `json:"stopped,omitempty"`
}

// On returns the plan for the work on one of its servers.
func (p OperationPlan) On(t Target) OperationPlan {
	p.ServerID, p.ServerName, p.Replicas = t.ServerID, t.ServerName, t.Replicas
	return p
}

// PlanOperation reads what an operation is to do and finds its agents.
func (p *Plans) PlanOperation(ctx context.Context, r OperationRef) (OperationPlan, error) {
	svc, err := eventstore.Load[service.Service](ctx, p.Log, service.Stream(r.ServiceID))
	if err != nil {
		return OperationPlan{}, err
	}
	s := svc.State
	if err := s.MustExist(); err != nil {
		return OperationPlan{}, refused(err)
	}
	if len(s.Split) == 0 {
		return OperationPlan{}, refused(domain.Errorf(domain.Conflict, "the service has no release yet: deploy it first").WithReason("never_deployed"))
	}
	if s.Stopped && r.Kind == service.Restart {
		return OperationPlan{}, refused(domain.Errorf(domain.Conflict, "the service is stopped: start it").WithReason("stopped"))
	}
	releases, err := loadReleases(ctx, p.Log, s.Split.Releases())
	if err != nil {
		return OperationPlan{}, err
	}
	replicas := s.DesiredReplicas()
	if r.Kind == service.Scale {
		replicas = r.Replicas
	}
	targets, err := p.servers(ctx, s.Placement.WithReplicas(replicas))
	if err != nil {
		return OperationPlan{}, err
	}
	plan, err := p.subject(ctx, r.Organization, s, targets)
	plan.OperationRef, plan.Split, plan.Releases = r, s.Split, releases
	return plan, err
}

// PlanRemoval reads what remains to be done to retire a release or to delete a service, whether or not the service still
// exists, and finds its agents.
func (p *Plans) PlanRemoval(ctx context.Context, org, serviceID string) (OperationPlan, error) {
	svc, err := eventstore.Load[service.Service](ctx, p.Log, service.Stream(serviceID))
	if err != nil {
		return OperationPlan{}, err
	}
	targets, err := p.present(ctx, svc.State.Placement)
	if err != nil {
		return OperationPlan{}, err
	}
	return p.subject(ctx, org, svc.State, targets)
}

func (p *Plans) subject(ctx context.Context, org string, s *service.Service, targets []Target) (OperationPlan, error) {
	if err := p.locateAll(ctx, targets); err != nil {
		return OperationPlan{}, err
	}
	return OperationPlan{
		Subject: Subject{Organization: org, ProjectID: s.ProjectID, ServiceID: s.ID},
		Config:  s.Config.WithDefaults(),
		Hosts:   s.Hosts(),
		Targets: targets,
		Stopped: s.Stopped,
	}, nil
}
