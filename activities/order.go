package activities

import (
	"slices"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// Subject is whose work an activity does, and on which server. A plan for several targets names none: see Plan.On.
type Subject struct {
	Organization string `json:"org"`
	ProjectID    string `json:"project_id"`
	ServiceID    string `json:"service_id"`
	ServerID     string `json:"server_id,omitempty"`
	ServerName   string `json:"server_name,omitempty"`
}

// Target is a server that a plan is about.
type Target struct {
	ServerID   string `json:"server_id"`
	ServerName string `json:"server_name"`
	// Replicas that should run there.
	Replicas   int `json:"replicas"`
	BuildLimit int `json:"build_limit"`
	// Location of the agent when the plan was made.
	Location Location `json:"location"`
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
	// Targets run the service afterwards, in the order of its placement.
	Targets []Target `json:"targets"`
	// Left are the servers that the service leaves (place).
	Left []Target `json:"left,omitempty"`
	// Added are the ids of the targets that the service was not placed on before (place).
	Added []string `json:"added,omitempty"`
	// Placement is what is recorded once the service runs on the targets (place).
	Placement service.Placement `json:"placement,omitempty"`
	// BuildOn is the server that builds: the first target whose agent was there.
	BuildOn string `json:"build_on,omitempty"`
	// Replicas that should run on the server that a piece of work is about.
	Replicas int `json:"replicas,omitempty"`
	// Hosts are today's names of the service. They are an address, not part of a release: a rollback never takes back a
	// domain that was given away, nor drops one that was added.
	Hosts []string `json:"hosts"`
	// Steps are all steps of the deployment, in order.
	Steps []deployment.StepRef `json:"steps,omitempty"`
	// Target is the release to go back to (rollback) or whose artifact runs again (redeploy).
	Target *release.Created `json:"target,omitempty"`
	// Previous is how the traffic is split before; empty where nothing takes any.
	Previous traffic.Split `json:"previous,omitempty"`
	// SlotRequested is true where the build queue has been asked already.
	SlotRequested bool `json:"slot_requested,omitempty"`
	// Ended is set where there is nothing to do any more.
	Ended deployment.Status `json:"ended,omitempty"`
	// Cancel is true where a person took the request back before its turn came.
	Cancel bool `json:"cancel,omitempty"`
}

// Server returns what the plan says of a server that it is about.
func (p Plan) Server(serverID string) (Target, bool) {
	for _, t := range append(slices.Clone(p.Targets), p.Left...) {
		if t.ServerID == serverID {
			return t, true
		}
	}
	return Target{}, false
}

// On returns the plan for a piece of work on one of its servers.
func (p Plan) On(serverID string) Plan {
	if t, known := p.Server(serverID); known {
		p.ServerID, p.ServerName, p.Replicas = t.ServerID, t.ServerName, t.Replicas
	}
	return p
}

// Ended is how a deployment ended, and what the service workflow must know to go on.
type Ended struct {
	Status deployment.Status `json:"status"`
	// Warm are the earlier releases whose replicas still run, oldest first.
	Warm []string `json:"warm"`
	// WindowSeconds is how long a release that has just become warm is kept.
	WindowSeconds int `json:"window_seconds"`
}
