package deployment

import "github.com/syntra-dev/syntra/domain/release"

// Kind says what a deployment makes live.
type Kind string

const (
	Deploy   Kind = "deploy"   // build the source anew
	Redeploy Kind = "redeploy" // a release's artifact with today's env and config
	Rollback Kind = "rollback" // an earlier release, whole
)

// Step is one stage of a deployment, in this order. A redeploy has no source and build, a rollback no release either.
type Step string

const (
	Source  Step = "source"  // fetch and pin what is deployed
	Build   Step = "build"   // make the artifact
	Release Step = "release" // record it with its env and config versions
	Start   Step = "start"   // run the replicas beside the old ones
	Health  Step = "health"  // gate
	Route   Step = "route"   // shift traffic at the edge
	Drain   Step = "drain"   // let the old release finish what it serves
	Verify  Step = "verify"  // observe digest, health and route
)

// Steps of a deployment from source, in order.
var Steps = []Step{Source, Build, Release, Start, Health, Route, Drain, Verify}

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
	ServerID     string    `json:"server_id"`
	Kind         Kind      `json:"kind"`
	Source       SourceRef `json:"source,omitzero"`
	// ReleaseID is the target of a rollback, and the artifact's origin of a redeploy ("": the release that is live then).
	ReleaseID string `json:"release_id,omitempty"`
	// Automatic is true where no person asked (a push); frozen services refuse those.
	Automatic bool `json:"automatic,omitempty"`
}

// Started says that its turn in the service's queue has come.
type Started struct{}

// Waiting says what it waits for (an offline agent, a build slot), for a person to read. An empty reason: it goes on.
type Waiting struct {
	Reason string `json:"reason"`
}

// StepStarted opens a step.
type StepStarted struct {
	Step Step `json:"step"`
}

// StepSucceeded closes it with what was observed (image digest, attempts, addresses, milliseconds).
type StepSucceeded struct {
	Step     Step              `json:"step"`
	Evidence map[string]string `json:"evidence,omitempty"`
}

// CancelRequested asks to stop it. Once the route step has begun it is too late, and the request is refused.
type CancelRequested struct{}

// Succeeded is only ever said from observed facts: digest running, health passing, route pointing.
type Succeeded struct {
	ReleaseID string            `json:"release_id"`
	Evidence  map[string]string `json:"evidence,omitempty"`
}

// Failed says at which step and why, for a person to read. The release before serves on, unless the reason says otherwise.
type Failed struct {
	Step   Step   `json:"step,omitempty"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// Cancelled ends it by request, or because its service is deleted or an operator cancelled its workflow.
type Cancelled struct{}

// Superseded ends it unstarted: a newer request took its place.
type Superseded struct {
	By string `json:"by"`
}

func (Requested) EventType() string       { return "deployment.requested" }
func (Started) EventType() string         { return "deployment.started" }
func (Waiting) EventType() string         { return "deployment.waiting" }
func (StepStarted) EventType() string     { return "deployment.step_started" }
func (StepSucceeded) EventType() string   { return "deployment.step_succeeded" }
func (CancelRequested) EventType() string { return "deployment.cancel_requested" }
func (Succeeded) EventType() string       { return "deployment.succeeded" }
func (Failed) EventType() string          { return "deployment.failed" }
func (Cancelled) EventType() string       { return "deployment.cancelled" }
func (Superseded) EventType() string      { return "deployment.superseded" }
