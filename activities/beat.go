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

// withHeartbeats does work under a heartbeat, which carries what note last said. The work's context ends with the activity's, and
// when the worker stops.
func withHeartbeats(ctx context.Context, work func(ctx context.Context, note func(string)) error) error {
	ctx, note, stop := heart(ctx)
	defer stop()
	return cause(ctx, work(ctx, note))
}

// resultWithHeartbeats is withHeartbeats for work with a result.
func resultWithHeartbeats[T any](ctx context.Context, work func(ctx context.Context, note func(string)) (T, error)) (out T, err error) {
	err = withHeartbeats(ctx, func(ctx context.Context, note func(string)) (err error) {
		out, err = work(ctx, note)
		return err
	})
	return out, err
}

func heart(ctx context.Context) (_ context.Context, note func(string), stop func()) {
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

// cause returns why a call under such a context failed: by a cancellation, because the worker stops, or by itself.
func cause(ctx context.Context, err error) error {
	switch {
	case err == nil || ctx.Err() == nil:
		return err
	case errors.Is(context.Cause(ctx), errStopping):
		return errStopping
	case errors.Is(err, context.Canceled):
		return cancelled()
	}
	return err
}
