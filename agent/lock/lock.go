// Package lock holds locks by name, whose waiting ends with a context: one writer of a service, one transfer of an artifact.
package lock

import (
	"context"
	"sync"
	"time"
)

// Locks hold one writer for each name. The zero value is ready.
type Locks struct {
	mu    sync.Mutex
	of    map[string]chan struct{}
	freed map[string]time.Time
}

// free gives the name back.
func (l *Locks) free(name string, slot chan struct{}) {
	l.mu.Lock()
	if l.freed == nil {
		l.freed = map[string]time.Time{}
	}
	l.freed[name] = time.Now()
	l.mu.Unlock()
	<-slot
}

// FreedAfter reports whether somebody worked on the name after a time: what was seen of it before may be old.
func (l *Locks) FreedAfter(name string, at time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.freed[name].After(at)
}

func (l *Locks) slot(name string) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[string]chan struct{}{}
	}
	if l.of[name] == nil {
		l.of[name] = make(chan struct{}, 1)
	}
	return l.of[name]
}

// Lock waits for the name to be free, or for ctx to end.
func (l *Locks) Lock(ctx context.Context, name string) (unlock func(), err error) {
	slot := l.slot(name)
	select {
	case slot <- struct{}{}:
		return func() { l.free(name, slot) }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// TryLock takes the name if it is free now.
func (l *Locks) TryLock(name string) (unlock func(), ok bool) {
	slot := l.slot(name)
	select {
	case slot <- struct{}{}:
		return func() { l.free(name, slot) }, true
	default:
		return nil, false
	}
}
