package projections

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/eventstore"
)

const (
	// watcherBuffer is how many changes a slow watcher may be behind.
	watcherBuffer = 4096
	// pruneEvery is how often old changes are forgotten.
	pruneEvery = time.Minute
	// refreshEvery is how often a replica looks whether another one has built a model anew.
	refreshEvery = time.Second
)

// Subscribe watches the changes of all organizations from now on, in the order of the log, each told once its row can
// be read, whichever replica wrote it. The channel is closed when the watcher is too slow or the runner ends: subscribe
// again and ask ChangesSince for what was missed. Call the function when done.
func (r *Runner) Subscribe() (<-chan Change, func()) {
	c := make(chan Change, watcherBuffer)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers[c] = true
	return c, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.drop(c)
	}
}

// drop ends a watcher; the caller holds the lock.
func (r *Runner) drop(c chan Change) {
	if r.watchers[c] {
		delete(r.watchers, c)
		close(c)
	}
}

func (r *Runner) closeWatchers() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.watchers {
		r.drop(c)
	}
}

// feed tells watchers what has changed, until ctx ends.
func (r *Runner) feed(ctx context.Context) error {
	told, pruned, refreshed := eventstore.Position(0), time.Now(), time.Time{}
	started := false
	for ctx.Err() == nil {
		ring := r.bell.Next()
		moved := r.changed()
		told = r.rewound(told)
		if head, _ := r.tail.head(); r.settled() < head || !started || time.Since(refreshed) > refreshEvery {
			refreshed = time.Now()
			if r.refresh(ctx) == nil && !started {
				started = true
				// Whoever subscribed before this replica knew where the log is misses nothing: told is 0, all that is kept.
				if !r.watched() {
					told = r.settled()
				}
			}
		}
		if settled := r.settled(); started && settled > told {
			if r.tell(ctx, told, settled) {
				told = settled
			}
		}
		if time.Since(pruned) > pruneEvery {
			pruned = time.Now()
			if err := r.pruneChanges(ctx, told); err != nil && ctx.Err() == nil {
				r.logger.Warn("projections: old changes are not forgotten", "error", err)
			}
		}
		select {
		case <-ctx.Done():
		case <-ring:
		case <-moved:
		case <-time.After(500 * time.Millisecond):
		}
	}
	return ctx.Err()
}

func (r *Runner) watched() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.watchers) > 0
}

// tell passes the changes of a range to every watcher; false where they could not be read.
func (r *Runner) tell(ctx context.Context, after, upTo eventstore.Position) bool {
	if !r.watched() {
		return true
	}
	changes, err := readChanges(ctx, r.pool, scope{settingProjector, "on"}, after, upTo)
	if err != nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.send(changes...)
	return true
}

// send passes changes to every watcher, and drops those that are too slow; the caller holds the lock.
func (r *Runner) send(changes ...Change) {
	for c := range r.watchers {
		for _, change := range changes {
			select {
			case c <- change:
				continue
			default:
			}
			r.drop(c)
			break
		}
	}
}
