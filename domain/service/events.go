package service

import (
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// Created opens the service with its first placement.
type Created struct {
	ServiceID string    `json:"service_id"`
	ProjectID string    `json:"project_id"`
	Placement Placement `json:"placement"`
	Slug      string    `json:"slug"`
	Name      string    `json:"name"`
	// Host is the generated name under which the edge always serves it: <service>-<project>.<base>.
	Host   string `json:"host"`
	Config Config `json:"config"`
}

// Placed says on which targets the service runs from now on. Where something of it runs, that was observed there.
type Placed struct {
	Targets  Placement `json:"targets"`
	Previous Placement `json:"previous"`
	// DeploymentID is the deployment that brought it there; "" where the service had no release yet.
	DeploymentID string `json:"deployment_id,omitempty"`
}

// ConfigChanged replaces the config by its next version.
type ConfigChanged struct {
	Version int    `json:"version"`
	Config  Config `json:"config"`
}

// ReleaseRecorded gives a new release its number, counted per service from 1. What it holds is on the release's stream.
type ReleaseRecorded struct {
	ReleaseID string `json:"release_id"`
	Number    int    `json:"number"`
}

// TrafficShifted says how the traffic is split from now on, as the edge has it. Which release is live follows from it.
type TrafficShifted struct {
	Split traffic.Split `json:"split"`
	// Previous is the split before; empty at the first deployment.
	Previous     traffic.Split `json:"previous,omitempty"`
	DeploymentID string        `json:"deployment_id"`
}

// ReleaseRetired says that a release's replicas are gone from the server.
type ReleaseRetired struct {
	ReleaseID string `json:"release_id"`
}

// OperationKind is what a person asks of a running service, besides deployments.
type OperationKind string

const (
	Stop    OperationKind = "stop"
	Start   OperationKind = "start"
	Restart OperationKind = "restart"
	Scale   OperationKind = "scale"
)

// OperationRequested asks for it; the service workflow does it in its turn.
type OperationRequested struct {
	OperationID string        `json:"operation_id"`
	Kind        OperationKind `json:"kind"`
	Replicas    int           `json:"replicas,omitempty"`
}

// OperationSucceeded says that it was done, as observed on the server.
type OperationSucceeded struct {
	OperationID string        `json:"operation_id"`
	Kind        OperationKind `json:"kind"`
	Replicas    int           `json:"replicas,omitempty"`
}

// OperationFailed says why not, for a person to read.
type OperationFailed struct {
	OperationID string        `json:"operation_id"`
	Kind        OperationKind `json:"kind"`
	Reason      string        `json:"reason"`
}

// AutoDeployFrozen stops deployments that nobody asked for, as after a rollback.
type AutoDeployFrozen struct {
	Reason string `json:"reason"`
}

// AutoDeployResumed lets them go on.
type AutoDeployResumed struct{}

// Deleted closes the service; the service workflow removes what runs.
type Deleted struct{}

// Abandoned closes the stream of a service that was never created: its creation stopped half-way.
type Abandoned struct{}

func (Created) EventType() string            { return "service.created" }
func (Placed) EventType() string             { return "service.placed" }
func (ConfigChanged) EventType() string      { return "service.config_changed" }
func (ReleaseRecorded) EventType() string    { return "service.release_recorded" }
func (TrafficShifted) EventType() string     { return "service.traffic_shifted" }
func (ReleaseRetired) EventType() string     { return "service.release_retired" }
func (OperationRequested) EventType() string { return "service.operation_requested" }
func (OperationSucceeded) EventType() string { return "service.operation_succeeded" }
func (OperationFailed) EventType() string    { return "service.operation_failed" }
func (AutoDeployFrozen) EventType() string   { return "service.auto_deploy_frozen" }
func (AutoDeployResumed) EventType() string  { return "service.auto_deploy_resumed" }
func (Deleted) EventType() string            { return "service.deleted" }
func (Abandoned) EventType() string          { return "service.abandoned" }

var _ domain.Event = Created{}
