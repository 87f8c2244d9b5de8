package projections

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
)

// Rebuild builds a model anew from the log beside the live one, which goes on, and switches to it in one transaction.
func (r *Runner) Rebuild(ctx context.Context, name string) error {
	m, err := r.model(name)
	if err != nil {
		return err
	}
	return r.rebuild(ctx, m, always)
}

// rebuildIfOlder rebuilds a model that an older version of the program filled. What a newer one filled is left alone: of
// two programs that run side by side the newer one has it.
func (r *Runner) rebuildIfOlder(ctx context.Context, m *Model) error {
	at, err := r.checkpointOf(ctx, m)
	if err != nil || at.version >= m.Version {
		return err
	}
	r.setRebuilding(m)
	r.logger.Info("projections: building a read model anew for its new version", "model", m.Name, "from", at.version, "to", m.Version)
	return r.rebuild(ctx, m, func(_ context.Context, live checkpoint) (bool, error) {
		return live.version != m.Version, nil
	})
}

// always asks for a rebuild whatever is live.
func always(context.Context, checkpoint) (bool, error) { return true, nil }

// rebuild works alone on a model, over all replicas. It leaves a model whose live generation needs none: another
// replica may have been first.
func (r *Runner) rebuild(
	ctx context.Context, m *Model, needed func(context.Context, checkpoint) (bool, error),
) (err error) {
	r.rebuilding.Lock()
	defer r.rebuilding.Unlock()
	lock, err := r.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("projections: rebuild %s: %w", m.Name, err)
	}
	defer lock.Release()
	if _, err := lock.Exec(ctx, `SELECT pg_advisory_lock(hashtext('syntra.rebuild.' || $1))`, m.Name); err != nil {
		return fmt.Errorf("projections: rebuild %s: %w", m.Name, err)
	}
	defer func() {
		_, failed := lock.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(hashtext('syntra.rebuild.' || $1))`, m.Name)
		if failed != nil {
			_ = lock.Conn().Close(context.WithoutCancel(ctx)) // the lock ends with its session
		}
	}()
	live, err := r.checkpointOf(ctx, m)
	if err != nil {
		return fmt.Errorf("projections: rebuild %s: %w", m.Name, err)
	}
	if live.version > m.Version {
		return &newerModel{m.Name, live.version, m.Version}
	}
	if need, err := needed(ctx, live); err != nil || !need {
		return err
	}
	next, err := r.startGeneration(ctx, m)
	if err != nil {
		return err
	}
	if err := r.newBuild(m, next).run(ctx); err != nil {
		return fmt.Errorf("projections: rebuild %s: %w", m.Name, err)
	}
	r.bell.Ring()
	return nil
}

// startGeneration makes the next generation's tables, after removing what a killed rebuild left.
func (r *Runner) startGeneration(ctx context.Context, m *Model) (checkpoint, error) {
	next := checkpoint{version: m.Version}
	err := pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) (err error) {
		rows, err := tx.Query(ctx, `DELETE FROM projection WHERE name = $1 AND NOT live RETURNING generation`, m.Name)
		if err != nil {
			return err
		}
		left, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err != nil {
			return err
		}
		for _, g := range left {
			if _, err := tx.Exec(ctx, "DROP SCHEMA IF EXISTS "+generationSchema(m.Name, g)+" CASCADE"); err != nil {
				return err
			}
		}
		next.generation, err = createGeneration(ctx, tx, *m)
		return err
	})
	if err != nil {
		return next, fmt.Errorf("projections: rebuild %s: %w", m.Name, err)
	}
	return next, nil
}

// restart lets a model that had stopped go on from a position.
func (r *Runner) restart(m *Model, at eventstore.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.unwell, m.Name)
	r.progress[m.Name] = max(at, r.progress[m.Name])
	r.broadcast()
}
