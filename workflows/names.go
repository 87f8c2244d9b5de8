package workflows

import (
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
)

// Names under which the workflows are registered; they are part of every history.
const (
	NameService    = "service"
	NameDeployment = "deployment"
	NameOperation  = "operation"
	NameBuildQueue = activities.BuildQueueWorkflow
)

// Signals.
const (
	SignalRequest = "request" // to a service: Request
	SignalCancel  = "cancel"  // to a deployment: end it, if traffic has not moved
	SignalHurry   = "hurry"   // to a deployment: a rollback waits, cut the drain short
	SignalSlot    = "slot"    // to a deployment: Slot
)

// ServiceID is the one writer of a service.
func ServiceID(serviceID string) string { return "service/" + serviceID }

// DeploymentID is the process of a deployment.
func DeploymentID(deploymentID string) string { return "deployment/" + deploymentID }

// OperationID is the process of an operation.
func OperationID(operationID string) string { return "operation/" + operationID }

// RequestKind says what a service is asked to do.
type RequestKind string

const (
	Deploy    RequestKind = "deploy" // of every deployment.Kind
	Operate   RequestKind = "operation"
	CancelOne RequestKind = "cancel"
	Delete    RequestKind = "delete"
)

// Request is one message to a service's writer. It carries ids, never contents.
type Request struct {
	// EventID of the event that asks; a request that comes again under it is dropped.
	EventID string `json:"event_id"`
	// Position of that event in the log: it orders the requests of a service, however late one arrives.
	Position uint64      `json:"position"`
	Kind     RequestKind `json:"kind"`
	// Correlation and Trace of that event, which is the cause of what the request leads to.
	Correlation string `json:"correlation,omitempty"`
	Trace       string `json:"trace,omitempty"`
	// UnderWay is set by the writer for a deployment that an earlier run of it had begun.
	UnderWay bool `json:"under_way,omitempty"`

	DeploymentID   string          `json:"deployment_id,omitempty"`
	DeploymentKind deployment.Kind `json:"deployment_kind,omitempty"`
	// ReleaseID is what a rollback goes back to.
	ReleaseID string `json:"release_id,omitempty"`

	OperationID   string                `json:"operation_id,omitempty"`
	OperationKind service.OperationKind `json:"operation_kind,omitempty"`
	Replicas      int                   `json:"replicas,omitempty"`
}

// cause returns the request as the cause of what it leads to.
func (r Request) cause() eventstore.Cause {
	return eventstore.Cause{Causation: r.EventID, Correlation: r.Correlation, Trace: r.Trace}
}

// Slot is what a build queue tells who waits.
type Slot struct {
	Granted bool `json:"granted"`
	// Ahead is how many come first.
	Ahead int `json:"ahead,omitempty"`
}

// The activities, by their method sets: workflows never hold a live one.
var (
	facts  *activities.Facts
	plans  *activities.Plans
	fleet  *activities.Fleet
	slots  *activities.Slots
	agents *activities.Agents
	places *activities.Places
)
