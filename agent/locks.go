package agent

import (
	"context"
	"sync"
)

// locks hold one writer per service.
type locks struct {
	mu sync.Mutex
	of map[string]chan struct{}
}

func (l *locks) slot(service string) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[string]chan struct{}{}
	}
	if l.of[service] == nil {
		l.of[service] = make(chan struct{}, 1)
	}
	return l.of[service]
}

// lock waits for the service to be free, or for ctx to end.
func (l *locks) lock(ctx context.Context, service string) (unlock func(), err error) {
	slot := l.slot(service)
	select {
	case slot <- struct{}{}:
		return func() { <-slot }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// tryLock takes the service if it is free now.
func (l *locks) tryLock(service string) (unlock func(), ok bool) {
	slot := l.slot(service)
	select {
	case slot <- struct{}{}:
		return func() { <-slot }, true
	default:
		return nil, false
	}
}
