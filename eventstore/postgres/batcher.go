package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/eventstore"
)

const (
	// maxBatch is how many appends share a transaction.
	maxBatch = 64
	// window is how long a batch waits for companions, and only where the one before it had some.
	window = 2 * time.Millisecond
)

// request is one append on its way into a transaction.
type request struct {
	ctx      context.Context
	stream   string
	expected eventstore.Revision
	events   []eventstore.NewEvent
	since    time.Time
	done     chan struct{} // closed when the outcome is set
	at       eventstore.Appended
	err      error
}

func (r *request) finish(at eventstore.Appended, err error) {
	r.at, r.err = at, err
	close(r.done)
}

// finished reports whether the outcome is set.
func (r *request) finished() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// batcher joins appends that come while a transaction is under way into the next one. It runs a goroutine only while
// there is work.
type batcher struct {
	write func([]*request)

	mu      sync.Mutex
	queue   []*request
	running bool
	// full is closed when the queue has reached the length that gather waits for.
	full chan struct{}
	want int
}

// submit queues a request; its done tells the rest.
func (b *batcher) submit(r *request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, r)
	if b.full != nil && len(b.queue) >= b.want {
		close(b.full)
		b.full = nil
	}
	if !b.running {
		b.running = true
		go b.run()
	}
}

func (b *batcher) run() {
	for last := 1; ; {
		b.gather(last)
		batch := b.take()
		if batch == nil {
			return
		}
		b.write(batch)
		last = len(batch)
	}
}

// gather waits for as many appends as the last transaction had: writers that were answered together come back
// together. A lone append is never delayed.
func (b *batcher) gather(last int) {
	b.mu.Lock()
	if last == 1 || len(b.queue) >= last {
		b.mu.Unlock()
		return
	}
	full := make(chan struct{})
	b.full, b.want = full, last
	b.mu.Unlock()
	timer := time.NewTimer(window)
	defer timer.Stop()
	select {
	case <-full:
	case <-timer.C:
		b.mu.Lock()
		b.full = nil
		b.mu.Unlock()
	}
}

func (b *batcher) take() []*request {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.queue), maxBatch)
	if n == 0 {
		b.running = false
		return nil
	}
	batch := b.queue[:n:n]
	b.queue = b.queue[n:]
	return batch
}
