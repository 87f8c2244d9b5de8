// Package projections folds the log into read models: one file per model with its rows, its handler and its queries.
// Read models own nothing: each can be dropped and rebuilt from the log while the system runs.
package projections

import (
	"time"

	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
)

// Server is a host with an agent, as the log tells it. What its agent measures live is in the hub's presence rows.
type Server struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	State        string     `json:"state"` // pending (never connected), online, offline
	Reason       string     `json:"reason,omitempty"`
	JoinPrefix   string     `json:"join_prefix"`
	AgentVersion string     `json:"agent_version,omitempty"`
	Hostname     string     `json:"hostname,omitempty"`
	OS           string     `json:"os,omitempty"`
	Arch         string     `json:"arch,omitempty"`
	Cores        int        `json:"cores,omitempty"`
	MemoryBytes  int64      `json:"memory_bytes,omitempty"`
	Runtimes     []string   `json:"runtimes"`
	EdgeHTTP     int        `json:"edge_http,omitempty"`
	EdgeHTTPS    int        `json:"edge_https,omitempty"`
	CreatedAt    time.Time  `json:"created_at"`
	ConnectedAt  *time.Time `json:"connected_at,omitempty"`
}

// Project groups services.
type Project struct {
	ID        string    `json:"id"`
	Slug      string    `json:"slug"`
	Name      string    `json:"name"`
	Services  int       `json:"services"`
	CreatedAt time.Time `json:"created_at"`
}

// Service is a service with what is live and what happened last.
type Service struct {
	ID            string         `json:"id"`
	ProjectID     string         `json:"project_id"`
	ProjectSlug   string         `json:"project_slug"`
	ServerID      string         `json:"server_id"`
	Slug          string         `json:"slug"`
	Name          string         `json:"name"`
	State         string         `json:"state"` // empty (never deployed), deploying (first one), running, stopped
	URL           string         `json:"url"`   // filled by the API from host and the server's edge port
	Host          string         `json:"host"`
	Replicas      int            `json:"replicas"` // desired
	Config        service.Config `json:"config"`
	ConfigVersion int            `json:"config_version"`
	EnvVersion    int            `json:"env_version"`
	Frozen        bool           `json:"auto_deploy_frozen"`
	Live          *ReleaseRef    `json:"live,omitempty"`
	Warm          []string       `json:"warm"`                 // release ids that can be gone back to at once
	Deployment    *DeploymentRef `json:"deployment,omitempty"` // the newest
	Operation     *Operation     `json:"operation,omitempty"`  // the newest
	CreatedAt     time.Time      `json:"created_at"`
}

// ReleaseRef is a release in one line.
type ReleaseRef struct {
	ID     string         `json:"id"`
	Number int            `json:"number"`
	Commit release.Commit `json:"commit"`
	Digest string         `json:"digest"`
	Since  time.Time      `json:"since"`
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

// Variable is a name of a service's environment; its value stays in the vault.
type Variable struct {
	Name      string    `json:"name"`
	Version   int       `json:"version"` // at which it was last set
	UpdatedAt time.Time `json:"updated_at"`
}

// Release is a release with where it came from.
type Release struct {
	ID            string           `json:"id"`
	ServiceID     string           `json:"service_id"`
	DeploymentID  string           `json:"deployment_id"`
	Number        int              `json:"number"`
	Artifact      release.Artifact `json:"artifact"`
	Commit        release.Commit   `json:"commit"`
	EnvVersion    int              `json:"env_version"`
	ConfigVersion int              `json:"config_version"`
	State         string           `json:"state"` // live, warm, retired
	CreatedAt     time.Time        `json:"created_at"`
}

// Deployment is a deployment with its steps.
type Deployment struct {
	ID          string               `json:"id"`
	ServiceID   string               `json:"service_id"`
	ServiceSlug string               `json:"service_slug"`
	ProjectID   string               `json:"project_id"`
	ProjectSlug string               `json:"project_slug"`
	ServerID    string               `json:"server_id"`
	Kind        deployment.Kind      `json:"kind"`
	Status      deployment.Status    `json:"status"`
	Waiting     string               `json:"waiting,omitempty"` // what it waits for
	Source      deployment.SourceRef `json:"source"`
	TargetID    string               `json:"target_release_id,omitempty"` // asked for, of a rollback or redeploy
	Release     *ReleaseRef          `json:"release,omitempty"`           // made or made live
	Steps       []Step               `json:"steps"`
	FailedStep  deployment.Step      `json:"failed_step,omitempty"`
	Code        string               `json:"code,omitempty"`
	Reason      string               `json:"reason,omitempty"` // why it failed, for a person
	By          string               `json:"superseded_by,omitempty"`
	Evidence    map[string]string    `json:"evidence,omitempty"`
	Actor       string               `json:"actor"` // "user usr_…", "token tok_…"
	RequestedAt time.Time            `json:"requested_at"`
	StartedAt   *time.Time           `json:"started_at,omitempty"`
	EndedAt     *time.Time           `json:"ended_at,omitempty"`
}

// Step of a deployment.
type Step struct {
	Name      deployment.Step   `json:"name"`
	Status    string            `json:"status"` // running, succeeded, failed, cancelled
	StartedAt time.Time         `json:"started_at"`
	EndedAt   *time.Time        `json:"ended_at,omitempty"`
	Evidence  map[string]string `json:"evidence,omitempty"`
}

// Activity is one line of the audit trail.
type Activity struct {
	Position string    `json:"position"`
	At       time.Time `json:"at"`
	Type     string    `json:"type"` // event type
	Actor    string    `json:"actor"`
	Subject  string    `json:"subject"` // id of the stream's aggregate
	Summary  string    `json:"summary"` // one sentence
}

// Token is an API token or session, without its secret.
type Token struct {
	ID        string     `json:"id"`
	UserID    string     `json:"user_id"`
	Kind      string     `json:"kind"`
	Name      string     `json:"name"`
	Prefix    string     `json:"prefix"`
	Role      string     `json:"role"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
}
