package projections

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/strategy"
)

// Deployment is a deployment with its steps.
type Deployment struct {
	ID          string               `json:"id"`
	ServiceID   string               `json:"service_id"`
	ServiceSlug string               `json:"service_slug"`
	ProjectID   string               `json:"project_id"`
	ProjectSlug string               `json:"project_slug"`
	Kind        deployment.Kind      `json:"kind"`
	Status      deployment.Status    `json:"status"`
	Waiting     string               `json:"waiting,omitempty"` // what it waits for
	Source      deployment.SourceRef `json:"source"`
	TargetID    string               `json:"target_release_id,omitempty"` // asked for, of a rollback or redeploy
	Placement   service.Placement    `json:"placement,omitempty"`         // asked for, of a placement
	Release     *ReleaseRef          `json:"release,omitempty"`           // made or made live
	Steps       []Step               `json:"steps"`
	Point       deployment.Point     `json:"point"`
	Strategy    strategy.Strategy    `json:"strategy"`
	FailedStep  string               `json:"failed_step,omitempty"` // the id of a step
	Code        string               `json:"code,omitempty"`
	Reason      string               `json:"reason,omitempty"` // why it failed, for a person
	By          string               `json:"superseded_by,omitempty"`
	Evidence    map[string]string    `json:"evidence,omitempty"`
	Actor       string               `json:"actor"` // "user usr_…", "token tok_…"
	RequestedAt time.Time            `json:"requested_at"`
	StartedAt   *time.Time           `json:"started_at,omitempty"`
	EndedAt     *time.Time           `json:"ended_at,omitempty"`
}

// Step of a deployment, planned or reached.
type Step struct {
	ID        string              `json:"id"`
	Kind      deployment.StepKind `json:"kind"`
	Index     int                 `json:"index"`
	Target    string              `json:"target,omitempty"` // a server
	Status    string              `json:"status"`           // pending, running, succeeded, failed, cancelled, skipped
	StartedAt *time.Time          `json:"started_at,omitempty"`
	EndedAt   *time.Time          `json:"ended_at,omitempty"`
	Evidence  map[string]string   `json:"evidence,omitempty"`
}

// Statuses of a step.
const (
	StepPending   = "pending" // it is to come
	StepRunning   = "running"
	StepSucceeded = "succeeded"
	StepFailed    = "failed"
	StepCancelled = "cancelled"
	StepSkipped   = "skipped" // the deployment ended before it
)

// DeploymentFilter narrows a list of deployments; an empty field does not.
type DeploymentFilter struct {
	Service, Project string // ids
	Within           ProjectIDs
	Status           deployment.Status
	Limit            int
	Cursor           string
}

// Deployments returns an organization's deployments, newest first, and the cursor of the next page.
func (q *Queries) Deployments(ctx context.Context, org string, f DeploymentFilter) ([]Deployment, string, error) {
	return pageOf(ctx, q, org, deployments, match{
		{"service_id", f.Service}, {"project_id", f.Project}, {"project_id", f.Within}, {"status", string(f.Status)},
	}, f.Limit, f.Cursor)
}

// Deployment returns one deployment.
func (q *Queries) Deployment(ctx context.Context, org, id string) (Deployment, error) {
	return one(ctx, q, org, deployments, "deployment", id, `WHERE org_id = $1 AND id = $2`, org, id)
}
