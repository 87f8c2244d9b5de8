package activities

import (
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// Subject is whose work an activity does.
type Subject struct {
	Organization string `json:"org"`
	ProjectID    string `json:"project_id"`
	ServiceID    string `json:"service_id"`
	ServerID     string `json:"server_id"`
	ServerName   string `json:"server_name,omitempty"`
}

func (s Subject) owner(deploymentID string) wire.Owner {
	return wire.Owner{Organization: s.Organization, Project: s.ProjectID, Service: s.ServiceID, Deployment: deploymentID}
}

// Plan is what a deployment is to do, as the log told it when its turn came. Settings and environment are pinned here:
// what a person changes afterwards belongs to the next deployment.
type Plan struct {
	Subject
	DeploymentID string               `json:"deployment_id"`
	Kind         deployment.Kind      `json:"kind"`
	Source       deployment.SourceRef `json:"source,omitzero"`
	// Config has its defaults filled in. Of a rollback it rules only what belongs to the service rather than to the
	// release: hosts, drain, windows and deadlines.
	Config        service.Config `json:"config"`
	ConfigVersion int            `json:"config_version"`
	EnvVersion    int            `json:"env_version"`
	// Replicas that should run.
	Replicas int `json:"replicas"`
	// Hosts are today's names of the service. They are an address, not part of a release: a rollback never takes back a
	// domain that was given away, nor drops one that was added.
	Hosts      []string `json:"hosts"`
	BuildLimit int      `json:"build_limit"`
	// Steps are all steps of the deployment, in order.
	Steps []deployment.StepRef `json:"steps,omitempty"`
	// Target is the release to go back to (rollback) or whose artifact runs again (redeploy).
	Target *release.Created `json:"target,omitempty"`
	// Previous is how the traffic is split before; empty where nothing takes any.
	Previous traffic.Split `json:"previous,omitempty"`
	// Location of the agent when the plan was made.
	Location Location `json:"location"`
	// SlotRequested is true where the build queue has been asked already.
	SlotRequested bool `json:"slot_requested,omitempty"`
	// Ended is set where there is nothing to do any more.
	Ended deployment.Status `json:"ended,omitempty"`
	// Cancel is true where a person took the request back before its turn came.
	Cancel bool `json:"cancel,omitempty"`
}

// Ended is how a deployment ended, and what the service workflow must know to go on.
type Ended struct {
	Status deployment.Status `json:"status"`
	// Warm are the earlier releases whose replicas still run, oldest first.
	Warm []string `json:"warm"`
	// WindowSeconds is how long a release that has just become warm is kept.
	WindowSeconds int `json:"window_seconds"`
}
