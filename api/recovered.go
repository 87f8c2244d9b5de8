package api

import (
	"context"
	"errors"
	"runtime/debug"
)

// errPanicked is what a panic in a request's own goroutine becomes; the log has the panic and its stack.
var errPanicked = errors.New("a goroutine of this request panicked")

// recovered runs f on a goroutine that serves one request, and returns a panic as an error. net/http recovers only the
// goroutine that it started itself: any other that panics would end the process, and with it everybody's requests.
func (a *API) recovered(ctx context.Context, task string, f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			a.Logger.ErrorContext(ctx, "a request's goroutine panicked", "request_id", requestOf(ctx).id, "task", task,
				"panic", v, "stack", string(debug.Stack()))
			err = errPanicked
		}
	}()
	f()
	return nil
}
