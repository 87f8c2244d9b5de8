package deployment

import (
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/strategy"
)

// Kind says what a deployment makes live.
type Kind string

const (
	Deploy   Kind = "deploy"   // build the source anew
	Redeploy Kind = "redeploy" // a release's artifact with today's env and config
	Rollback Kind = "rollback" // an earlier release, whole
	Place    Kind = "place"    // the live release, on other targets
)

// SourceRef pins what is deployed. Upload and Git are alternatives.
type SourceRef struct {
	UploadID     string `json:"upload_id,omitempty"`
	UploadDigest string `json:"upload_digest,omitempty"`
	Repository   string `json:"repository,omitempty"`
	// Ref is a branch or commit of the repository.
	Ref string `json:"ref,omitempty"`
	// Commit is what `syn deploy` saw in the uploaded directory's Git, if it is one.
	Commit release.Commit `json:"commit,omitzero"`
}

// Requested asks for a deployment.
type Requested struct {
	DeploymentID string    `json:"deployment_id"`
	ServiceID    string    `json:"service_id"`
	ProjectID    string    `json:"project_id"`
	Kind         Kind      `json:"kind"`
	Source       SourceRef `json:"source,omitzero"`
	// ReleaseID is the target of a rollback, and the artifact's origin of a redeploy ("": the release that is live then).
	ReleaseID string `json:"release_id,omitempty"`
	// Placement is where the service is to run (place).
	Placement service.Placement `json:"placement,omitempty"`
	// Automatic is true where no person asked (a push); frozen services refuse those.
	Automatic bool `json:"automatic,omitempty"`
	// Strategy is how the traffic moves.
	Strategy strategy.Strategy `json:"strategy"`
}

// Started says that its turn in the service's queue has come.
type Started struct{}

// Planned lists all steps that the deployment will take, in order.
type Planned struct {
	Steps []PlannedStep `json:"steps"`
}

// Waiting says what it waits for (an offline agent, a build slot), for a person to read. An empty reason: it goes on.
type Waiting struct {
	Reason string `json:"reason"`
}

// StepStarted opens a step, and says which point the deployment reaches with it.
type StepStarted struct {
	Step  StepRef `json:"step"`
	Point Point   `json:"point"`
}

// StepSucceeded closes it with what was observed (image digest, attempts, addresses, milliseconds).
type StepSucceeded struct {
	Step     StepRef           `json:"step"`
	Evidence map[string]string `json:"evidence,omitempty"`
}

// CancelRequested asks to stop it. It is refused once traffic moves: see Point.
type CancelRequested struct{}

// Succeeded is only ever said from observed facts: digest running, health passing, route pointing. ReleaseID is empty where
// a service without a release was placed: nothing runs then.
type Succeeded struct {
	ReleaseID string            `json:"release_id"`
	Evidence  map[string]string `json:"evidence,omitempty"`
}

// Failed says at which step and why, for a person to read. The release before serves on, unless the reason says otherwise.
type Failed struct {
	Step   StepRef `json:"step,omitzero"`
	Code   string  `json:"code"`
	Reason string  `json:"reason"`
}

// Cancelled ends it by request, or because its service is deleted or an operator cancelled its workflow.
type Cancelled struct{}

// Superseded ends it unstarted: a newer request took its place.
type Superseded struct {
	By string `json:"by"`
}

func (Requested) EventType() string       { return "deployment.requested" }
func (Started) EventType() string         { return "deployment.started" }
func (Planned) EventType() string         { return "deployment.planned" }
func (Waiting) EventType() string         { return "deployment.waiting" }
func (StepStarted) EventType() string     { return "deployment.step_started" }
func (StepSucceeded) EventType() string   { return "deployment.step_succeeded" }
func (CancelRequested) EventType() string { return "deployment.cancel_requested" }
func (Succeeded) EventType() string       { return "deployment.succeeded" }
func (Failed) EventType() string          { return "deployment.failed" }
func (Cancelled) EventType() string       { return "deployment.cancelled" }
func (Superseded) EventType() string      { return "deployment.superseded" }
