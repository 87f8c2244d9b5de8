package projections

import (
	"context"
	"errors"
	"time"

	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres/outage"
)

const (
	// batchSize is how many events one transaction of a live model applies.
	batchSize = 500
	// contested is how soon to look again when another replica has the checkpoint.
	contested = 20 * time.Millisecond
	// lookAnyway is how often a model looks at its checkpoint when nothing seems to happen.
	lookAnyway = 5 * time.Second
	// outagePause is the time between two tries while the database is away.
	outagePause = 500 * time.Millisecond
)

// loop is one model's way along the log, as this replica goes it.
type loop struct {
	*Runner
	model *Model
	at    *checkpoint // as last seen; nil: look
	limit int         // events to try at a time: fewer around a poisoned one
	down  bool        // an outage has been told
}

// project keeps one model up to date until ctx ends. A poisoned event stops this model only, until a rebuild or a
// restart of the program.
func (r *Runner) project(ctx context.Context, m *Model) error {
	if err := r.persist(ctx, func() error { return r.rebuildIfOlder(ctx, m) }); err != nil && ctx.Err() == nil {
		r.setUnwell(m, err)
	}
	l := &loop{Runner: r, model: m, limit: batchSize}
	for ctx.Err() == nil {
		moved := r.changed()
		if at, stopped := r.poisonedAt(m); stopped {
			l.at = nil
			wait(ctx, moved, lookAnyway)
			if c, err := r.checkpointOf(ctx, m); err == nil && c.pos >= at {
				r.restart(m, c.pos) // another replica has rebuilt it
			}
			continue
		}
		_, grown := r.tail.head()
		n, err := l.advance(ctx)
		l.settle(ctx, n, err, grown)
	}
	return ctx.Err()
}

// advance applies the next events to the live generation and answers how many it tried.
func (l *loop) advance(ctx context.Context) (int, error) {
	if l.at == nil {
		at, err := l.checkpointOf(ctx, l.model)
		if err != nil {
			return 0, err
		}
		switch {
		case at.version > l.model.Version:
			return 0, &newerModel{l.model.Name, at.version, l.model.Version}
		case at.version < l.model.Version:
			return 0, l.rebuildIfOlder(ctx, l.model)
		}
		l.at = &at
	}
	// Read before the transaction: it must not hold a connection while waiting for another.
	entries, err := l.tail.after(ctx, l.at.cursor(), l.limit)
	if err != nil || len(entries) == 0 {
		if err == nil {
			l.setProgress(l.model, l.at.pos)
		}
		return 0, err
	}
	if err := l.write(ctx, l.model, *l.at, entries); err != nil {
		return len(entries), err
	}
	l.at.moveTo(entries[len(entries)-1].Cursor())
	l.setProgress(l.model, l.at.pos)
	l.bell.Ring()
	return len(entries), nil
}

// settle decides what follows a try: the next one, a wait, or standing still.
func (l *loop) settle(ctx context.Context, tried int, err error, grown <-chan struct{}) {
	if err != nil {
		l.at = nil
	}
	var poison *poisoned
	var lost *eventstore.ErrRewritten
	if errors.As(err, &lost) && ctx.Err() == nil {
		err = l.startOver(ctx, l.model, lost)
		tried = 1 // look again at once
	}
	switch {
	case ctx.Err() != nil:
	case err == nil && tried > 0:
		l.limit, l.down = batchSize, false
	case err == nil:
		l.down = false
		if !wait(ctx, grown, lookAnyway) {
			l.at = nil
		}
	case errors.Is(err, errContested):
		wait(ctx, l.bell.Next(), contested)
	case outage.Is(err):
		if !l.down {
			l.logger.Warn("projections: the database is away; trying again", "model", l.model.Name, "error", err)
		}
		l.down = true
		wait(ctx, nil, outagePause)
	case errors.As(err, &poison) && l.limit > 1:
		l.limit = max(1, min(l.limit, tried)/2) // apply what comes before it
	case errors.As(err, &poison):
		l.setUnwell(l.model, err)
	default:
		l.setUnwell(l.model, err)
		wait(ctx, nil, lookAnyway)
	}
}

// write applies a batch in one transaction. A batch that the model has no handlers for only moves the checkpoint.
func (r *Runner) write(ctx context.Context, m *Model, at checkpoint, entries []entry) error {
	if !m.wants(entries) {
		return r.skip(ctx, m, at, entries[len(entries)-1])
	}
	tx, err := r.begin(ctx, m, at)
	if err != nil {
		return err
	}
	defer tx.end()
	head, _ := r.tail.head()
	return applyBatch(ctx, tx.conn, m, at, entries, changesAfter(head), `COMMIT`)
}

// changesAfter is the position after which changes are worth telling.
func changesAfter(head eventstore.Position) eventstore.Position {
	return max(head, keepChanges) - keepChanges
}

// wait returns when c is closed (true), or after a time or when ctx ends (false). A nil c only waits for the time.
func wait(ctx context.Context, c <-chan struct{}, atMost time.Duration) bool {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-c:
		return true
	}
	return false
}
