package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// Exit codes, as the root command's help lists them.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitDenied      = 3
	exitMissing     = 4
	exitUnreachable = 5
	exitInterrupted = 130
)

// usageError is a mistake in the words of a command.
type usageError struct{ error }

// exit is an outcome with a code of its own, such as that of a command run in a replica.
type exit struct {
	code int
	error
}

var (
	errNotLoggedIn = exit{exitDenied, errors.New("not logged in: run `syn login`, or set SYNTRA_URL and SYNTRA_TOKEN")}
)

func exitCode(ctx context.Context, err error) int {
	var own exit
	var usage usageError
	var unreachable *url.Error
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &own):
		return own.code
	case errors.As(err, &usage):
		return exitUsage
	}
	switch status := syntra.StatusOf(err); {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return exitDenied
	case status == http.StatusNotFound:
		return exitMissing
	case status == http.StatusServiceUnavailable:
		return exitUnreachable
	case status == 0 && (errors.As(err, &unreachable) || errors.As(err, &network)):
		return exitUnreachable
	}
	return exitFailed
}
