package activities

import (
	"context"
	"errors"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/secret"
)

// Hub is the control plane's end of the agents' wire, on this replica.
type Hub interface {
	// Do sends a command to a server's agent and waits for its one outcome. It answers ErrOffline or ErrElsewhere at once
	// where the agent is not connected here; a break of the connection in between is survived until ctx ends.
	Do(ctx context.Context, serverID string, cmd wire.Command, note func(string)) (wire.Result, error)
}

// What a Hub answers where the agent is not connected to it.
var (
	ErrOffline   = errors.New("the agent is not connected")
	ErrElsewhere = errors.New("the agent is connected to another replica")
)

// Vault opens the values of a service's environment.
type Vault interface {
	Get(ctx context.Context, org, serviceID string, refs map[string]secret.Ref) (map[string]string, error)
}

// Location is where a server's agent is connected.
type Location struct {
	Online bool `json:"online"`
	// Replica of the control plane that has the agent's socket; its task queue is HubQueue(Replica).
	Replica string `json:"replica,omitempty"`
	// PeerAddress is the host:port at which other servers reach its edge; empty: they cannot.
	PeerAddress string `json:"peer_address,omitempty"`
}

// Locate answers where a server's agent is connected now.
type Locate func(ctx context.Context, serverID string) (Location, error)

// Task queues of what any replica can do. Each has activity slots of its own.
const (
	// TaskQueue is where workflows run.
	TaskQueue = "syntra"
	// QuickQueue is where activities run that read, append or look once, and hold a slot for a moment only.
	QuickQueue = "syntra-quick"
)

// HubQueue is the task queue of the activities that need a replica's agents.
func HubQueue(replica string) string { return "hub:" + replica }
