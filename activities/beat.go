package activities

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
)

// errStopping says that this worker is going away: the workflow looks for another at once.
var errStopping = away(errors.New("this worker is stopping"))

// beatEvery is how often a running activity tells Temporal that it is alive, and hears of its cancellation.
const beatEvery = time.Second

// beat heartbeats until stop is called, with what note last said. The context it answers ends with the activity's, and
// when the worker stops.
func beat(ctx context.Context) (_ context.Context, note func(string), stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	var mu sync.Mutex
	var last string
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-activity.GetWorkerStopChannel(ctx):
				cancel(errStopping)
				return
			case <-tick.C:
				mu.Lock()
				text := last
				mu.Unlock()
				activity.RecordHeartbeat(ctx, text)
			}
		}
	}()
	note = func(text string) {
		mu.Lock()
		defer mu.Unlock()
		last = text
	}
	return ctx, note, sync.OnceFunc(func() { close(done); cancel(nil) })
}

// cause answers why a call under a beaten context failed: that the worker stops is not a cancellation.
func cause(ctx context.Context, err error) error {
	if err != nil && context.Cause(ctx) == errStopping {
		return errStopping
	}
	return err
}
