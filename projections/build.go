package projections

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
)

// buildSize bounds what a rebuild does at a time.
type buildSize struct {
	events int // of one transaction
	// rows is how many of them are kept in memory from batch to batch: at most twice as many, and what one batch touches.
	rows int
}

var usualSize = buildSize{events: 2000, rows: 10_000}

// build fills one generation from the log. It is the only writer of its tables, and nobody reads them yet.
type build struct {
	*Runner
	model  *Model
	filter eventstore.Filter // only what concerns the model is read
	at     checkpoint        // of the new generation
	rows   *rowCache
}

func (r *Runner) newBuild(m *Model, empty checkpoint) *build {
	rows := newRowCache()
	rows.complete, rows.limit = true, r.size.rows
	return &build{Runner: r, model: m, filter: m.filter(r.tail.log.Codec), at: empty, rows: rows}
}

// run applies the log until it is at its end, then switches to the generation.
func (b *build) run(ctx context.Context) error {
	for page := range b.pages(ctx) {
		if page.err != nil {
			return page.err
		}
		err := b.inGeneration(ctx, func(tx pgx.Tx) error { return b.apply(ctx, tx, page) })
		if err != nil {
			return err
		}
	}
	return b.switchOver(ctx)
}

// page is a part of the log that has been read.
type page struct {
	entries []entry
	upTo    eventstore.Cursor // no event up to here is missing
	full    bool              // there may be more
	err     error
}

func (b *build) read(ctx context.Context, after eventstore.Cursor) (p page) {
	p.entries, p.upTo, p.err = b.tail.read(ctx, after, b.filter, b.size.events)
	p.full = len(p.entries) == b.size.events
	return p
}

// pages reads the log up to its end, one page ahead of the caller.
func (b *build) pages(ctx context.Context) func(yield func(page) bool) {
	return func(yield func(page) bool) {
		ctx, stop := context.WithCancel(ctx)
		ahead := make(chan page)
		defer func() {
			stop()
			for range ahead { // until the reader has ended
			}
		}()
		go func() {
			defer close(ahead)
			for after, more := b.at.cursor(), true; more; {
				p := b.read(ctx, after)
				after, more = p.upTo, p.err == nil && p.full
				select {
				case ahead <- p:
				case <-ctx.Done():
					return
				}
			}
		}()
		for p := range ahead {
			if !yield(p) {
				return
			}
		}
	}
}

func (b *build) inGeneration(ctx context.Context, do func(pgx.Tx) error) error {
	return b.asProjector(ctx, generationSchema(b.model.Name, b.at.generation)+", public", do)
}

// apply writes a page's rows and moves the generation's checkpoint.
func (b *build) apply(ctx context.Context, tx session, p page) error {
	batch := newBatch(tx, b.rows)
	if err := b.model.applyAll(ctx, batch, p.entries); err != nil {
		return err
	}
	var sql pgx.Batch
	if err := batch.write(&sql, all); err != nil {
		return err
	}
	sql.Queue(moveCheckpoint, int64(p.upTo.Position), b.model.Name, b.at.generation, int64(b.at.pos), p.upTo.EventID)
	if err := tx.SendBatch(ctx, &sql).Close(); err != nil {
		if len(p.entries) > 0 {
			err = poison(p.entries[len(p.entries)-1], err)
		}
		return err
	}
	b.at.moveTo(p.upTo)
	b.rows.age()
	return nil
}

// switchOver stops the live generation, lets the new one catch up with it, and makes the new one live, in one
// transaction.
func (b *build) switchOver(ctx context.Context) error {
	err := b.inGeneration(ctx, func(tx pgx.Tx) error {
		var pos int64
		var eventID uuid.NullUUID
		err := tx.QueryRow(ctx, `
			SELECT pos, event_id FROM projection WHERE name = $1 AND live FOR UPDATE`, b.model.Name).Scan(&pos, &eventID)
		if err != nil {
			return err
		}
		// A checkpoint at a lost event may be beyond the log's end: there is nothing to catch up with.
		live := eventstore.Cursor{Position: eventstore.Position(pos), EventID: eventID.UUID}
		seen, err := b.tail.log.Agreed(ctx, live)
		if err != nil {
			return err
		}
		// Never behind the generation that readers have seen; what comes after it is the next batch's work.
		for done := false; !done; done = done && b.at.pos >= seen.Position {
			p := b.read(ctx, b.at.cursor())
			if p.err != nil {
				return p.err
			}
			if err := b.apply(ctx, tx, p); err != nil {
				return err
			}
			done = !p.full
		}
		if _, err := tx.Exec(ctx, `SELECT set_config('search_path', 'public', true)`); err != nil {
			return err
		}
		return goLive(ctx, tx, *b.model, b.at.generation)
	})
	if err == nil {
		b.restart(b.model, b.at.pos)
	}
	return err
}
