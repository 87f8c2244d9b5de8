package reactors

import (
	"context"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/eventstore"
)

// retryTimeout bounds one try of a parked event: the reader of the log waits for it.
const retryTimeout = 15 * time.Second

// maxInARow bounds how many parked events of a stream are handled before the reader of the log has a turn.
const maxInARow = 50

// retryParked tries parked events until ctx ends. It returns an error where the turn is lost.
func (r *reactor) retryParked(ctx context.Context, t *turn) error {
	for {
		streams, parked, err := t.due(ctx)
		r.metrics.parked.Set(float64(parked))
		for _, stream := range streams {
			if err == nil {
				err = r.retryStream(ctx, t, stream)
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if pause(ctx, min(10*r.options.Retry, time.Second)) != nil {
			return nil
		}
	}
}

// retryStream handles the parked events of a stream in their order, until one fails.
func (r *reactor) retryStream(ctx context.Context, t *turn, stream string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range maxInARow {
		p, err := t.oldest(ctx, stream)
		if err != nil {
			return err
		}
		if p == nil {
			delete(t.parked, stream)
			r.log.Info("stream goes on: its parked events are handled", "stream", stream)
			return nil
		}
		if !p.due {
			return nil
		}
		if err := r.retryEvent(ctx, stream, p); err != nil {
			r.metrics.failures.Inc()
			attempts := p.attempts
			if !isOutage(err) {
				attempts++
			}
			return t.postpone(ctx, p, err.Error(), attempts, r.parkedPause(attempts))
		}
		r.metrics.handled.Inc()
		if err := t.unpark(ctx, p.position); err != nil {
			return err
		}
	}
	return nil
}

func (r *reactor) retryEvent(ctx context.Context, stream string, p *parkedEvent) error {
	ctx, cancel := context.WithTimeout(ctx, retryTimeout)
	defer cancel()
	e, err := eventAt(ctx, r.options.Log, stream, p.revision)
	if err == nil {
		_, err = r.handle(ctx, e)
	}
	return err
}

// eventAt reads one event of a stream.
func eventAt(ctx context.Context, log *eventstore.Log, stream string, revision eventstore.Revision) (eventstore.Recorded, error) {
	for e, err := range log.Read(ctx, stream, revision) {
		if err != nil {
			return e, fmt.Errorf("read %s at revision %d: %w", stream, revision, err)
		}
		return e, nil
	}
	return eventstore.Recorded{}, fmt.Errorf("read %s: the log has no revision %d", stream, revision)
}

// parkedPause is how long a parked event waits for its next try.
func (r *reactor) parkedPause(attempts int) time.Duration {
	doubled := min(max(attempts-r.options.Tries, 0), 6)
	return jitter(100 * r.options.Retry << doubled)
}
