package reactors

import (
	"context"
	"fmt"

	"github.com/syntra-dev/syntra/eventstore"
)

// keepTrail is how many earlier checkpoints a reactor remembers.
const keepTrail = 64

// trail is a reactor's earlier checkpoints, oldest first, the present one last. Where the log has lost events, the
// reactor starts over from the last that the log still holds. The older half is thinned out, so that the trail reaches
// back to the first checkpoint, with wider steps the older they are.
type trail []eventstore.Cursor

func (t trail) with(c eventstore.Cursor) trail {
	if len(t) < keepTrail {
		return append(t, c)
	}
	thin := make(trail, 0, keepTrail)
	for i, old := range t {
		if i >= len(t)/2 || i%2 == 0 {
			thin = append(thin, old)
		}
	}
	return append(thin, c)
}

// upTo is the part of the trail that ends with a cursor; empty where the cursor is the log's beginning.
func (t trail) upTo(c eventstore.Cursor) trail {
	for i := range t {
		if t[i] == c {
			return t[:i+1]
		}
	}
	return trail{}
}

// startOver moves the checkpoint back to the last place that the reactor and the log agree on. Handlers are idempotent:
// what they did for events that are still there they do again. It moves nothing where the checkpoint itself is agreed:
// only events after it were lost.
func (t *turn) startOver(ctx context.Context, log eventstore.Store) error {
	agreed, err := log.Agreed(ctx, t.trail...)
	if err != nil {
		return fmt.Errorf("reactor %s: find the last event that was not lost: %w", t.name, err)
	}
	if agreed == t.at {
		return nil
	}
	back := t.trail.upTo(agreed)
	_, err = t.conn.Exec(ctx, `
		UPDATE reactor_checkpoint SET position = $2, trail = $3, updated_at = now() WHERE name = $1 AND position = $4`,
		t.name, int64(agreed.Position), back, int64(t.at.Position))
	if err != nil {
		return fmt.Errorf("reactor %s: move checkpoint back to %s: %w", t.name, agreed, err)
	}
	t.at, t.trail = agreed, back
	return nil
}
