package bell

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Join opens the LISTEN connection if nobody listens yet. Call the answer when done.
func (b *Bell) Join() (leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.listeners++
	if b.lingering != nil {
		b.lingering.Stop()
		b.lingering = nil
	}
	if b.stop == nil && !b.closed {
		ctx, cancel := context.WithCancel(context.Background())
		b.stop = cancel
		go b.listen(ctx)
	}
	return b.leave
}

func (b *Bell) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.listeners--; b.listeners > 0 || b.closed {
		return
	}
	b.lingering = time.AfterFunc(linger, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.listeners == 0 {
			b.hush()
		}
	})
}

// hush ends the LISTEN connection; the caller holds the lock.
func (b *Bell) hush() {
	if b.stop != nil {
		b.stop()
		b.stop = nil
	}
}

// listen keeps a LISTEN connection until ctx ends.
func (b *Bell) listen(ctx context.Context) {
	for down := false; ctx.Err() == nil; {
		err := b.session(ctx)
		b.setHearing(false)
		if ctx.Err() != nil {
			return
		}
		if !down { // once per outage
			b.logger.Warn("postgres: LISTEN connection lost; polling until it is back", "channel", b.channel, "error", err)
		}
		down = true
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (b *Bell) session(ctx context.Context) error {
	config := b.pool.Config().ConnConfig.Copy()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(closing)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{b.channel}.Sanitize()); err != nil {
		return err
	}
	b.setHearing(true)
	b.wake() // what was committed before LISTEN stood was not heard
	for {
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
		b.wake()
	}
}

func (b *Bell) setHearing(yes bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hearing = yes
}
