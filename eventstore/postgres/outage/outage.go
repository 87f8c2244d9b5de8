// Package outage tells errors that pass by themselves (Postgres restarts, the network breaks, a lock times out) from
// those that come again however often one tries.
package outage

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"
)

// Is says whether trying again later can help. The outcome of what was tried may be unknown: a commit can have
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
