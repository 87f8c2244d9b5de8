// Package outage tells errors that pass by themselves (Postgres restarts, the network breaks, a lock times out) from
// those that come again however often one tries.
package outage

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"
)

// Is reports whether trying again later can help. The outcome of what was tried may be unknown: a commit can have
// happened before its answer was lost.
func Is(err error) bool {
	if err == nil || errors.Is(err, puddle.ErrClosedPool) || errors.Is(err, context.Canceled) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return passes(pg.Code)
	}
	var refused *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &refused) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, pgconn.ErrConnClosed)
}

// Retry tries again through an outage, for at most a while or until ctx ends, and answers the last error.
func Retry(ctx context.Context, atMost time.Duration, try func() error) error {
	for start := time.Now(); ; {
		err := try()
		if !Is(err) || ctx.Err() != nil || time.Since(start) > atMost {
			return err
		}
		timer := time.NewTimer(retryPause)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// retryPause is the time between two tries: after a restart of Postgres each connection of a pool fails once.
const retryPause = 20 * time.Millisecond

// passes judges an SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
func passes(code string) bool {
	if len(code) != 5 {
		return false
	}
	switch code[:2] {
	case "08", // connection exception
		"40", // transaction rollback: serialization, deadlock
		"53", // insufficient resources
		"57", // operator intervention: shutdown, crash, starting up, query cancelled
		"58": // system error
		return true
	}
	return code == "55P03" || // lock not available
		code == "25P03" || code == "25P04" // idle or transaction timeout
}
