package reactors

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/syntra-dev/syntra/eventstore"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/grpc/codes"
)

// isOutage reports whether an error tells of a disturbance of Temporal or the database, which says nothing about the event.
// A namespace that is missing, or has no search attributes, is one too: a Temporal database that was emptied has neither.
func isOutage(err error) bool {
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.As(err, &network):
		return true
	}
	return isTemporalOutage(err) || isDatabaseOutage(err)
}

func isTemporalOutage(err error) bool {
	var missing *serviceerror.NamespaceNotFound
	if errors.As(err, &missing) {
		return true
	}
	var invalid *serviceerror.InvalidArgument
	if errors.As(err, &invalid) {
		return strings.Contains(strings.ToLower(invalid.Error()), "search attribute")
	}
	var answer serviceerror.ServiceError
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.Status().Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Canceled, codes.Aborted,
		codes.PermissionDenied, codes.Unauthenticated, codes.Unimplemented:
		return true
	}
	return false
}

// isDatabaseOutage goes by PostgreSQL's classes of errors: connection, transaction, resources, intervention, system,
// and a server that is read-only after a failover.
func isDatabaseOutage(err error) bool {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || pgconn.SafeToRetry(err) || pgconn.Timeout(err) {
		return true
	}
	var answer *pgconn.PgError
	if !errors.As(err, &answer) || len(answer.Code) < 2 {
		return false
	}
	switch answer.Code[:2] {
	case "08", "25", "40", "53", "57", "58":
		return true
	}
	return false
}

// isUnknown reports whether a newer program wrote what could not be read.
func isUnknown(err error) bool {
	var unknown *eventstore.ErrUnknown
	return errors.As(err, &unknown)
}
