package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
)

// Fleet knows where agents are connected.
type Fleet struct {
	Locate Locate
	// Every is how often AwaitAgent looks; zero means 250 ms.
	Every time.Duration
}

// LocateAgent answers where a server's agent is now.
func (f *Fleet) LocateAgent(ctx context.Context, serverID string) (Location, error) {
	return f.Locate(ctx, serverID)
}

// AwaitAgent returns as soon as a server's agent is connected somewhere, or offline at the deadline. It is one long
// activity rather than a loop of timers so that an hour's wait does not fill the workflow's history.
func (f *Fleet) AwaitAgent(ctx context.Context, serverID string, deadline time.Time) (Location, error) {
	every := f.Every
	if every == 0 {
		every = 250 * time.Millisecond
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		at, err := f.Locate(ctx, serverID)
		if err == nil && at.Online || time.Now().After(deadline) {
			return at, err
		}
		activity.RecordHeartbeat(ctx)
		select {
		case <-ctx.Done():
			return Location{}, cancelled()
		case <-activity.GetWorkerStopChannel(ctx):
			return Location{}, errStopping
		case <-tick.C:
		}
	}
}
