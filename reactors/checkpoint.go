package reactors

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/eventstore"
)

// lockSpace tells reactors' advisory locks from those of others in the same database ("reac").
const lockSpace = 0x72656163

// errNotOurs says that another replica runs the reactor.
var errNotOurs = errors.New("another replica runs this reactor")

// turn is the right to run a reactor: an advisory lock of one connection. With the connection the right is gone, and so is
// the way to move the checkpoint.
type turn struct {
	conn  *pgxpool.Conn
	name  string
	at    eventstore.Cursor // the checkpoint
	trail trail
	// mu is held while an event is handled, so that the reader and the retries of parked events never work at once.
	mu sync.Mutex
	// parked are the streams with parked events.
	parked map[string]bool
}

// takeTurn returns errNotOurs where another replica has it.
func takeTurn(ctx context.Context, pool *pgxpool.Pool, name string) (*turn, error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("reactor %s: %w", name, err)
	}
	t := &turn{conn: conn, name: name}
	if err := t.begin(ctx); err != nil {
		t.end()
		return nil, err
	}
	return t, nil
}

func (t *turn) begin(ctx context.Context) error {
	var ours bool
	if err := t.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, hashtext($2))`, lockSpace, t.name).Scan(&ours); err != nil {
		return fmt.Errorf("reactor %s: lock: %w", t.name, err)
	}
	if !ours {
		return errNotOurs
	}
	err := t.conn.QueryRow(ctx, `SELECT trail FROM reactor_checkpoint WHERE name = $1`, t.name).Scan(&t.trail)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("reactor %s: read checkpoint: %w", t.name, err)
	}
	if n := len(t.trail); n > 0 {
		t.at = t.trail[n-1]
	}
	return t.loadParked(ctx)
}

// advance moves the checkpoint. Only startOver moves it back, so that a connection that was believed dead cannot undo a
// newer one.
func (t *turn) advance(ctx context.Context, to eventstore.Cursor) error {
	longer := t.trail.with(to)
	if _, err := t.conn.Exec(ctx, `
		INSERT INTO reactor_checkpoint AS c (name, position, trail) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET position = excluded.position, trail = excluded.trail, updated_at = now()
		WHERE c.position < excluded.position`, t.name, int64(to.Position), longer); err != nil {
		return fmt.Errorf("reactor %s: move checkpoint: %w", t.name, err)
	}
	t.at, t.trail = to, longer
	return nil
}

// end gives the turn up. The connection is closed rather than given back, so that the lock cannot stay behind on it.
func (t *turn) end() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = t.conn.Hijack().Close(ctx) // a connection that cannot be closed is dead, and its lock with it
}
