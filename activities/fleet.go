package activities

import (
	"context"
	"fmt"
	"time"
)

// Fleet knows where agents are connected.
type Fleet struct {
	Locate Locate
}

// LocateAgent returns where a server's agent is now.
func (f *Fleet) LocateAgent(ctx context.Context, serverID string) (Location, error) {
	return f.Locate(ctx, serverID)
}

// AwaitAgent looks once for a server's agent. It fails with ErrTypeAway where the agent is offline, so that Temporal
// tries it again later: a wait holds no activity slot. After the deadline it returns what it sees.
func (f *Fleet) AwaitAgent(ctx context.Context, serverID string, deadline time.Time) (Location, error) {
	at, err := f.Locate(ctx, serverID)
	if err != nil || at.Online || !time.Now().Before(deadline) {
		return at, err
	}
	until := deadline.UTC().Format(time.TimeOnly)
	return at, away(fmt.Errorf("the agent of server %s is offline: waiting for it until %s", serverID, until))
}
