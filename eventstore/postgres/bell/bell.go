// Package bell tells processes that share a Postgres database that something was committed. It is a hint to look, sent
// with NOTIFY after the commit; whoever waits also looks by itself from time to time, so that a lost hint costs only time.
package bell

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// pollRung is how often to look while the LISTEN connection stands.
	pollRung = time.Second
	// pollDeaf is how often to look while it does not.
	pollDeaf = 100 * time.Millisecond
	// linger is how long the LISTEN connection outlives its last listener: waits are often short and many.
	linger = 5 * time.Second
	// ringGap is the least time between two NOTIFYs of one process: each takes a lock that all databases share.
	ringGap = 2 * time.Millisecond
)

// Bell is one NOTIFY channel. It holds a LISTEN connection of its own, outside the pool, while anybody listens.
type Bell struct {
	pool    *pgxpool.Pool
	channel string
	logger  *slog.Logger

	mu        sync.Mutex
	next      chan struct{} // closed at the next ring
	listeners int
	hearing   bool
	stop      context.CancelFunc
	lingering *time.Timer
	closed    bool

	ringing bool
	again   bool
}

// New makes a bell. Channel is a Postgres identifier in lower case.
func New(pool *pgxpool.Pool, channel string, logger *slog.Logger) *Bell {
	return &Bell{pool: pool, channel: channel, logger: logger, next: make(chan struct{})}
}

// Next is closed when the bell rings after this call. Take it before looking, so that no ring falls in between.
func (b *Bell) Next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next
}

// Pause returns when ring is closed, when it is time to look without a ring, or when ctx ends.
func (b *Bell) Pause(ctx context.Context, ring <-chan struct{}) {
	b.mu.Lock()
	wait := pollDeaf
	if b.hearing {
		wait = pollRung
	}
	b.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-ring:
	case <-timer.C:
	}
}

// Ring wakes all listeners: those of this process at once, the others through NOTIFY, which it does not wait for.
// Call it after the commit.
func (b *Bell) Ring() {
	b.wake()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	if b.ringing {
		b.again = true
		return
	}
	b.ringing = true
	go b.notify()
}

// Close ends the LISTEN connection and rings no more. Listeners go on looking by themselves.
func (b *Bell) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.hush()
}

func (b *Bell) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.next)
	b.next = make(chan struct{})
}

// notify sends one NOTIFY for all rings that came while the last was under way.
func (b *Bell) notify() {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		// A hint need not outlast a crash, and its commit must not wait for the disk beside those that must.
		_, err := b.pool.Exec(ctx, `SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, '')`, b.channel)
		cancel()
		if err != nil {
			b.logger.Debug("postgres: NOTIFY failed; listeners elsewhere will look by themselves", "channel", b.channel, "error", err)
		}
		time.Sleep(ringGap) //nolint:forbidigo // rings that come meanwhile share the next one
		b.mu.Lock()
		if !b.again || b.closed {
			b.ringing = false
			b.mu.Unlock()
			return
		}
		b.again = false
		b.mu.Unlock()
	}
}
