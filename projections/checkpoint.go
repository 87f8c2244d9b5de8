package projections

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres/outage"
)

// checkpoint is how far a generation of a model is.
type checkpoint struct {
	generation int
	version    int
	pos        eventstore.Position
	eventID    uuid.UUID // at pos; uuid.Nil before the first event
}

func (c checkpoint) cursor() eventstore.Cursor {
	return eventstore.Cursor{Position: c.pos, EventID: c.eventID}
}

func (c *checkpoint) moveTo(at eventstore.Cursor) { c.pos, c.eventID = at.Position, at.EventID }

// errContested says that another replica is at work on the model, or was meanwhile.
var errContested = errors.New("projections: another replica has the checkpoint")

// errRebuilding says that a model is being built anew for this program's version of it.
var errRebuilding = errors.New("it is being built anew for a new version of the program")

// newerModel says that a newer program has built the live generation. This program may read it, and never writes it.
type newerModel struct {
	model      string
	live, mine int
}

func (n *newerModel) Error() string {
	return fmt.Sprintf("version %d of read model %s is live and this program knows version %d: a newer program has built it; update this replica",
		n.live, n.model, n.mine)
}

// poisoned is an event that a model cannot apply.
type poisoned struct {
	event eventstore.Recorded
	err   error
}

func (p *poisoned) Error() string {
	return fmt.Sprintf("event %s (%s, stream %s) cannot be applied: %v", p.event.Position, p.event.Type, p.event.Stream, p.err)
}

func (p *poisoned) Unwrap() error { return p.err }

// poison blames an event, unless the error passes by itself.
func poison(e entry, err error) error {
	if outage.Is(err) || errors.Is(err, context.Canceled) {
		return err
	}
	return &poisoned{event: e.Recorded, err: err}
}

// session is a transaction under way.
type session interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// checkpointOf reads the live generation's checkpoint.
func (r *Runner) checkpointOf(ctx context.Context, m *Model) (checkpoint, error) {
	var c checkpoint
	var pos int64
	var eventID uuid.NullUUID
	err := r.pool.QueryRow(ctx, `
		SELECT generation, version, pos, event_id FROM projection WHERE name = $1 AND live`, m.Name).Scan(
		&c.generation, &c.version, &pos, &eventID)
	if err != nil {
		return c, fmt.Errorf("read the checkpoint of %s: %w", m.Name, err)
	}
	c.pos, c.eventID = eventstore.Position(pos), eventID.UUID
	return c, nil
}

// asProjector are the settings of a transaction that sees and may write every row of a generation. Its commit does not
// wait for the disk: rows and checkpoint are lost together, and come again from the log.
const asProjector = `SELECT set_config('` + settingProjector + `', 'on', true), set_config('synchronous_commit', 'off', true), set_config('timezone', 'UTC', true),
	set_config('search_path', $1, true)`

// transaction is a model's batch under way, on a connection of its own.
type transaction struct{ conn *pgxpool.Conn }

// begin opens a transaction and makes it the only writer of a generation, if that is still where it was; one round trip.
func (r *Runner) begin(ctx context.Context, m *Model, at checkpoint) (tx transaction, err error) {
	conn, err := r.pool.Acquire(ctx)
	if err != nil {
		return tx, err
	}
	tx = transaction{conn}
	defer func() {
		if err != nil {
			tx.end()
		}
	}()
	var b pgx.Batch
	b.Queue(`BEGIN ISOLATION LEVEL READ COMMITTED`)
	b.Queue(asProjector, generationSchema(m.Name, at.generation)+", public")
	b.Queue(`SELECT pos FROM projection WHERE name = $1 AND generation = $2 AND live FOR UPDATE SKIP LOCKED`, m.Name, at.generation)
	results := conn.SendBatch(ctx, &b)
	var pos int64
	for range 2 {
		if _, err = results.Exec(); err != nil {
			break
		}
	}
	if err == nil {
		err = results.QueryRow().Scan(&pos)
	}
	if closing := results.Close(); err == nil {
		err = closing
	}
	if errors.Is(err, pgx.ErrNoRows) || err == nil && eventstore.Position(pos) != at.pos {
		err = errContested
	}
	return tx, err
}

// end gives the connection back, undoing what was not committed.
func (t transaction) end() {
	if t.conn.Conn().PgConn().TxStatus() != 'I' && !t.conn.Conn().IsClosed() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, _ = t.conn.Exec(ctx, `ROLLBACK`) // where it fails the pool drops the connection
	}
	t.conn.Release()
}

// skip moves a checkpoint over events that do not concern the model.
func (r *Runner) skip(ctx context.Context, m *Model, at checkpoint, to entry) error {
	var b pgx.Batch
	b.Queue(asProjector, "public")
	b.Queue(moveCheckpoint+` AND live`, int64(to.Position), m.Name, at.generation, int64(at.pos), to.ID)
	results := r.pool.SendBatch(ctx, &b)
	defer results.Close()
	if _, err := results.Exec(); err != nil {
		return err
	}
	moved, err := results.Exec()
	if err == nil && moved.RowsAffected() != 1 {
		return errContested
	}
	return err
}

// moveCheckpoint is a compare-and-set.
const moveCheckpoint = `UPDATE projection SET pos = $1, event_id = $5, updated_at = now()
	WHERE name = $2 AND generation = $3 AND pos = $4`

// applyBatch folds events into the live generation's tables and moves its checkpoint, which the caller has locked. Changes
// after a position are kept for live pushes. The last statement ends the transaction.
func applyBatch(ctx context.Context, tx session, m *Model, at checkpoint, entries []entry, tellAfter eventstore.Position, last string) error {
	b := newBatch(tx, newRowCache())
	if err := b.prefetch(ctx, m, entries); err != nil {
		return err
	}
	if err := m.applyAll(ctx, b, entries); err != nil {
		return err
	}
	end := entries[len(entries)-1]
	var sql pgx.Batch
	err := b.write(&sql, all)
	if err == nil {
		writeChanges(&sql, b.changes, tellAfter)
		sql.Queue(moveCheckpoint, int64(end.Position), m.Name, at.generation, int64(at.pos), end.ID)
		sql.Queue(last)
		err = tx.SendBatch(ctx, &sql).Close()
	}
	if err != nil {
		return poison(end, err)
	}
	return nil
}
