package projections

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
)

// A failover that loses commits gives their positions to other events. The tail and each model's checkpoint hold the id
// of their last event, and reading on from a lost one answers eventstore.ErrRewritten. The tail then starts over at the
// log's end. A model whose checkpoint is lost may hold rows of lost events, so it is built anew from the log; one whose
// checkpoint the log still holds goes on. Clients of live pushes are dropped, and load their pages anew.

// follow keeps the tail at the log's end, also through a rewriting of the log.
func (r *Runner) follow(ctx context.Context) error {
	for {
		err := r.tail.follow(ctx)
		var lost *eventstore.ErrRewritten
		if !errors.As(err, &lost) {
			return err
		}
		r.logger.Error("projections: the database has lost events that were read; verifying all read models", "error", err)
		r.tail.distrust()
		if err := r.persist(ctx, func() error { return r.forget(ctx, lost.At.Position) }); err != nil {
			return err
		}
		r.closeWatchers()
	}
}

// startOver builds a model anew whose checkpoint is at a lost event, unless another replica has done so.
func (r *Runner) startOver(ctx context.Context, m *Model, lost *eventstore.ErrRewritten) error {
	r.logger.Error("projections: the database has lost events that a read model holds; building it anew from the log",
		"model", m.Name, "error", lost)
	if err := r.tail.verify(ctx); err != nil {
		return err
	}
	if err := r.forget(ctx, lost.At.Position); err != nil {
		return err
	}
	if err := r.rebuild(ctx, m, r.isLost); err != nil {
		return err
	}
	at, err := r.checkpointOf(ctx, m)
	if err != nil {
		return err
	}
	r.rewind(m, at.pos)
	r.closeWatchers() // what they have read meanwhile may be of the lost events
	return nil
}

// isLost reports whether the log does not hold the event of a checkpoint.
func (r *Runner) isLost(ctx context.Context, at checkpoint) (bool, error) {
	if at.pos == 0 {
		return false, nil
	}
	agreed, err := r.tail.log.Agreed(ctx, at.cursor())
	return agreed != at.cursor(), err
}

// rewind sets a model's progress back, and what watchers are told next with it.
func (r *Runner) rewind(m *Model, to eventstore.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.unwell, m.Name)
	r.progress[m.Name] = to
	if r.tellFrom == nil || to < *r.tellFrom {
		r.tellFrom = &to
	}
	r.broadcast()
}

// rewound returns from where the feed goes on that has told all changes up to a position.
func (r *Runner) rewound(told eventstore.Position) eventstore.Position {
	r.mu.Lock()
	defer r.mu.Unlock()
	if from := r.tellFrom; from != nil {
		r.tellFrom = nil
		return min(told, *from)
	}
	return told
}

// forget removes the changes of lost events, and remembers that clients cannot resume from positions up to the last
// lost one. It also lets models go on that stopped at an event: it may be one of the lost.
func (r *Runner) forget(ctx context.Context, upTo eventstore.Position) error {
	err := r.asProjector(ctx, "public", func(tx pgx.Tx) error {
		news, err := tx.Exec(ctx, `INSERT INTO projection_rewritten AS w (upto) VALUES ($1)
			ON CONFLICT (one) DO UPDATE SET upto = excluded.upto WHERE w.upto < excluded.upto`, int64(upTo))
		if err != nil || news.RowsAffected() == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM projection_change`)
		return err
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, err := range r.unwell {
		var poison *poisoned
		if errors.As(err, &poison) {
			delete(r.unwell, name)
		}
	}
	r.broadcast()
	return nil
}
