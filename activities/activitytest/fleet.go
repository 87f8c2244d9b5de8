package activitytest

import (
	"context"
	"sync"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/agent/wire"
)

// Fleet is a hub with the agents of many servers.
type Fleet struct {
	mu     sync.Mutex
	agents map[string]*Agent // by server
}

// replica is the name of the control-plane replica that all agents are connected to.
const replica = "replica-test"

// Replica names it.
func (f *Fleet) Replica() string { return replica }

func (f *Fleet) join(serverID string, a *Agent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.agents == nil {
		f.agents = map[string]*Agent{}
	}
	f.agents[serverID] = a
}

func (f *Fleet) of(serverID string) *Agent {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.agents[serverID]
}

// Do carries a command to a server's agent.
func (f *Fleet) Do(ctx context.Context, serverID string, cmd wire.Command, note func(string)) (wire.Result, error) {
	if a := f.of(serverID); a != nil {
		return a.do(ctx, cmd, note)
	}
	return wire.Result{}, activities.ErrOffline
}

// Locate says where a server's agent is.
func (f *Fleet) Locate(_ context.Context, serverID string) (activities.Location, error) {
	a := f.of(serverID)
	if a == nil {
		return activities.Location{}, nil
	}
	return activities.Location{Online: a.online(), Replica: replica, PeerAddress: PeerAddress(serverID)}, nil
}

// PeerAddress is where other servers reach the edge of a server.
func PeerAddress(serverID string) string { return serverID + ".internal:7743" }
