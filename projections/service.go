package projections

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
)

// Service is a service with what is live and what happened last.
type Service struct {
	ID            string            `json:"id"`
	ProjectID     string            `json:"project_id"`
	ProjectSlug   string            `json:"project_slug"`
	Placement     service.Placement `json:"placement"`
	Slug          string            `json:"slug"`
	Name          string            `json:"name"`
	State         string            `json:"state"` // empty (never deployed), deploying (first one), running, stopped
	URL           string            `json:"url"`   // filled by the API from host and the server's edge port
	Host          string            `json:"host"`
	Replicas      int               `json:"replicas"` // desired
	Config        service.Config    `json:"config"`
	ConfigVersion int               `json:"config_version"`
	EnvVersion    int               `json:"env_version"`
	Frozen        bool              `json:"auto_deploy_frozen"`
	Live          *ReleaseRef       `json:"live,omitempty"`
	Traffic       []Share           `json:"traffic"`              // empty before the first deployment
	Warm          []string          `json:"warm"`                 // release ids that can be gone back to at once
	Deployment    *DeploymentRef    `json:"deployment,omitempty"` // the newest
	Operation     *Operation        `json:"operation,omitempty"`  // the newest
	CreatedAt     time.Time         `json:"created_at"`
}

// States of a service.
const (
	ServiceEmpty     = "empty"
	ServiceDeploying = "deploying"
	ServiceRunning   = "running"
	ServiceStopped   = "stopped"
)

// ReleaseRef is a release in one line.
type ReleaseRef struct {
	ID     string         `json:"id"`
	Number int            `json:"number"`
	Commit release.Commit `json:"commit"`
	Digest string         `json:"digest"`
	Since  time.Time      `json:"since"`
}

// Share is what one release gets of a service's traffic.
type Share struct {
	ReleaseID string `json:"release_id"`
	Number    int    `json:"number"`
	// Percent of the traffic, 0 to 100.
	Percent float64 `json:"weight_percent"`
}

// DeploymentRef is a deployment in one line.
type DeploymentRef struct {
	ID     string            `json:"id"`
	Kind   deployment.Kind   `json:"kind"`
	Status deployment.Status `json:"status"`
	At     time.Time         `json:"at"`
}

// Operation is a stop, start, restart or scale.
type Operation struct {
	ID       string                `json:"id"`
	Kind     service.OperationKind `json:"kind"`
	Status   string                `json:"status"` // requested, succeeded, failed
	Reason   string                `json:"reason,omitempty"`
	Replicas int                   `json:"replicas,omitempty"`
	At       time.Time             `json:"at"`
}

var byProjectAndSlug = order[serviceRow]{
	[]string{"project_slug", "slug"}, func(s serviceRow) []string { return []string{s.ProjectSlug, s.Slug} },
}

// Services returns a page of an organization's services, or of one project's where it is given, by project and slug.
func (q *Queries) Services(ctx context.Context, org, projectID string, page PageRequest) ([]Service, string, error) {
	rows, next, err := ordered(ctx, q, org, services, byProjectAndSlug, match{{"project_id", projectID}, {"project_id", page.Within}}, page)
	out := make([]Service, len(rows))
	for i, r := range rows {
		out[i] = r.Service
	}
	return out, next, err
}

// Service returns one service.
func (q *Queries) Service(ctx context.Context, org, id string) (Service, error) {
	row, err := one(ctx, q, org, services, "service", id, `WHERE org_id = $1 AND id = $2`, org, id)
	return row.Service, err
}

// ServiceBySlug returns the service with a slug in the project with a slug.
func (q *Queries) ServiceBySlug(ctx context.Context, org, projectSlug, slug string) (Service, error) {
	row, err := one(ctx, q, org, services, "service", projectSlug+"/"+slug, `WHERE org_id = $1 AND project_slug = $2 AND slug = $3`, org, projectSlug, slug)
	return row.Service, err
}

// Operation returns one stop, start, restart or scale of a service.
func (q *Queries) Operation(ctx context.Context, org, serviceID, id string) (Operation, error) {
	row, err := one(ctx, q, org, operations, "operation", id, `WHERE org_id = $1 AND service_id = $2 AND id = $3`, org, serviceID, id)
	return row.Operation, err
}
