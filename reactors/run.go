package reactors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/eventstore"
)

// Run reads the log and starts and signals workflows until ctx ends. Of all replicas that call it, one at a time runs a
// reactor.
func Run(ctx context.Context, o Options) error {
	o = o.withDefaults()
	v := newVectors(o.Metrics)
	var all sync.WaitGroup
	for _, d := range registry(o) {
		r := &reactor{definition: d, options: o, log: o.Logger.With("part", "reactor", "reactor", d.name), metrics: v.of(d.name)}
		all.Go(func() { r.run(ctx) })
	}
	all.Go(func() { newRescuer(o, v.rescued).run(ctx) })
	all.Wait()
	return nil
}

// incompatibleError says that this program is too old for an event.
type incompatibleError struct {
	event eventstore.Recorded
	err   error
}

func (e *incompatibleError) Error() string {
	return fmt.Sprintf("event %s of %s at position %s was written by a newer program: update this replica: %v",
		e.event.Type, e.event.Stream, e.event.Position, e.err)
}

func (e *incompatibleError) Unwrap() error { return e.err }

func (r *reactor) run(ctx context.Context) {
	backoff := r.options.Retry
	var reported eventstore.Position
	for ctx.Err() == nil {
		err := r.turn(ctx, func() { backoff = r.options.Retry })
		wait := r.options.StandBy
		var old *incompatibleError
		switch {
		case errors.Is(err, errNotOurs) || ctx.Err() != nil:
		case errors.As(err, &old):
			r.metrics.incompatible.Set(1)
			if reported != old.event.Position {
				r.log.Error("reactor stopped; its checkpoint stays", "error", err)
			}
			reported, wait = old.event.Position, r.options.StandAside
		default:
			r.log.Warn("reactor stopped; it goes on from its checkpoint", "error", err)
			wait, backoff = jitter(backoff), min(2*backoff, 50*r.options.Retry)
		}
		_ = pause(ctx, wait)
	}
}

// maxSkipped is how many events that ask for nothing may lie between the checkpoint and what was read.
const maxSkipped = 200

// turn handles events for as long as this replica may.
func (r *reactor) turn(ctx context.Context, progress func()) error {
	t, err := takeTurn(ctx, r.options.Pool, r.name)
	if err != nil {
		return err
	}
	defer t.end()
	r.metrics.leading.Set(1)
	defer r.metrics.leading.Set(0)
	ctx, stop := context.WithCancelCause(ctx)
	var helpers sync.WaitGroup
	defer helpers.Wait()
	defer stop(nil)
	helpers.Go(func() { r.measure(ctx) })
	helpers.Go(func() {
		if err := r.retryParked(ctx, t); err != nil {
			stop(err)
		}
	})
	r.metrics.position.Set(float64(t.at.Position))
	skipped := 0
	for e, err := range r.options.Log.Subscribe(ctx, t.at, r.filter) {
		if err != nil && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var lost *eventstore.ErrRewritten
		if errors.As(err, &lost) {
			if err := t.startOver(ctx, r.options.Log); err != nil {
				return err
			}
			r.log.Error("the database has lost events that the reactor has read; it starts over from before them",
				"from", t.at.Position, "error", lost)
		}
		if err != nil {
			return fmt.Errorf("read the log after %s: %w", t.at, err)
		}
		if err := r.take(ctx, t, e, &skipped); err != nil {
			return err
		}
		r.metrics.incompatible.Set(0)
		r.metrics.position.Set(float64(e.Position))
		progress()
	}
	return context.Cause(ctx)
}

// take handles or parks an event, and moves the checkpoint.
func (r *reactor) take(ctx context.Context, t *turn, e eventstore.Recorded, skipped *int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := r.options.Log.Codec.Knows(e.Type, e.Version); err != nil {
		return &incompatibleError{event: e, err: err}
	}
	var acted bool
	var err error
	if t.parked[e.Stream] {
		acted, err = true, t.park(ctx, e, "an earlier event of the stream is parked", 0, 0)
	} else {
		acted, err = r.until(ctx, t, e)
	}
	if err != nil {
		return err
	}
	// Most events ask for nothing; reading some of them again costs less than a commit for each.
	if *skipped++; !acted && *skipped < maxSkipped {
		return nil
	}
	*skipped = 0
	return t.advance(ctx, e.Cursor())
}

// until handles an event or parks it. An outage does not count as a failure of the event.
func (r *reactor) until(ctx context.Context, t *turn, e eventstore.Recorded) (acted bool, err error) {
	backoff, failed := r.options.Retry, 0
	for try := 1; ; try++ {
		began := time.Now()
		acted, err := r.handle(ctx, e)
		switch {
		case err == nil:
			r.metrics.handled.Inc()
			r.metrics.seconds.Observe(time.Since(began).Seconds())
			return acted, nil
		case ctx.Err() != nil:
			return false, context.Cause(ctx)
		case isUnknown(err):
			return false, &incompatibleError{event: e, err: err}
		}
		r.metrics.failures.Inc()
		if !isOutage(err) {
			failed++
		}
		if failed >= r.options.Tries {
			r.log.Error("stream parked: its event cannot be handled; other streams go on",
				"position", e.Position, "type", e.Type, "stream", e.Stream, "org", e.Meta.Organization, "tries", failed, "error", err)
			return true, t.park(ctx, e, err.Error(), failed, r.parkedPause(failed))
		}
		// Temporal that has just come up refuses a few times; a person need not hear of that.
		level := slog.LevelDebug
		if try%5 == 0 {
			level = slog.LevelWarn
		}
		r.log.Log(ctx, level, "event not handled yet; trying again",
			"position", e.Position, "type", e.Type, "stream", e.Stream, "try", try, "error", err)
		if pause(ctx, jitter(backoff)) != nil {
			return false, context.Cause(ctx)
		}
		backoff = min(2*backoff, 50*r.options.Retry)
	}
}

// pause waits for d, or returns why ctx has ended.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// jitter spreads tries over half to the whole of d.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
