// Package life is the time an agent has: from its start until it is told to end. What outlives a connection to the control
// plane, such as commands and followers of output, hangs on it.
package life

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrShutdown is why everything ends when the agent does.
var ErrShutdown = errors.New("the agent is shutting down")

// Life of an agent. It is safe for concurrent use.
type Life struct {
	ctx  context.Context
	end  context.CancelCauseFunc
	work sync.WaitGroup
}

// New begins a life.
func New() *Life {
	ctx, end := context.WithCancelCause(context.Background())
	return &Life{ctx: ctx, end: end}
}

// Context ends when the life does.
func (l *Life) Context() context.Context { return l.ctx }

// End ends it for a reason, which is ErrShutdown or wraps it.
func (l *Life) End(cause error) { l.end(cause) }

// Go runs f as work that Wait waits for.
func (l *Life) Go(f func()) {
	l.work.Add(1)
	go func() { defer l.work.Done(); f() }()
}

// Wait waits for all work to end, and reports whether it did within the time.
func (l *Life) Wait(limit time.Duration) bool {
	done := make(chan struct{})
	go func() { l.work.Wait(); close(done) }()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}
