package agent

import (
	"context"
	"sync"
	"time"
)

// locks hold one writer per service.
type locks struct {
	mu    sync.Mutex
	of    map[string]chan struct{}
	freed map[string]time.Time
}

// free gives the service back.
func (l *locks) free(service string, slot chan struct{}) {
	l.mu.Lock()
	if l.freed == nil {
		l.freed = map[string]time.Time{}
	}
	l.freed[service] = time.Now()
	l.mu.Unlock()
	<-slot
}

// freedAfter says whether somebody worked on the service after a time: what was seen of it before may be old.
func (l *locks) freedAfter(service string, at time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.freed[service].After(at)
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
		return func() { l.free(service, slot) }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// tryLock takes the service if it is free now.
func (l *locks) tryLock(service string) (unlock func(), ok bool) {
	slot := l.slot(service)
	select {
	case slot <- struct{}{}:
		return func() { l.free(service, slot) }, true
	default:
		return nil, false
	}
}
