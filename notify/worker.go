package notify

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options of a worker; Channels is required.
type Options struct {
	// Channels are those that it delivers by, by name.
	Channels map[string]Channel
	Logger   *slog.Logger
	// Metrics is where it registers its own; nil keeps them private.
	Metrics prometheus.Registerer
	// Concurrency is how many messages it delivers at once; zero means 64.
	Concurrency int
	// PerDestination is how many messages one destination gets at once, counting all replicas; zero means 4. One that
	// fails gets a single one.
	PerDestination int
	// Lease is how long a message is left to a worker without a word; zero means 30 seconds. It is longer than any
	// Deliver takes.
	Lease time.Duration
	// Poll is how often it looks for due messages; zero means one second.
	Poll time.Duration
	// Grace is how long deliveries under way may go on when the worker ends; zero means two seconds.
	Grace time.Duration
	// Keep is how long a message that has ended is kept; zero means 30 days.
	Keep time.Duration
	// WaitAfter returns how long to wait after a failed try; nil means exponentially longer.
	WaitAfter func(tries int) time.Duration
}

func (o Options) withDefaults() Options {
	o.Logger = cmp.Or(o.Logger, slog.Default())
	o.Concurrency = cmp.Or(o.Concurrency, 64)
	o.PerDestination = cmp.Or(o.PerDestination, 4)
	o.Lease = cmp.Or(o.Lease, 30*time.Second)
	o.Poll = cmp.Or(o.Poll, time.Second)
	o.Grace = cmp.Or(o.Grace, 2*time.Second)
	o.Keep = cmp.Or(o.Keep, 30*24*time.Hour)
	if o.WaitAfter == nil {
		o.WaitAfter = waitAfter
	}
	return o
}

// Run delivers messages until ctx ends. Every replica may run it.
func (o *Outbox) Run(ctx context.Context, options Options) error {
	w := &worker{Outbox: o, Options: options.withDefaults(), free: make(chan struct{}, 1)}
	w.metrics = newMetrics(w.Metrics)
	w.log = w.Logger.With("part", "notify")
	// Deliveries go on for a while after ctx ends: a request that is cut off is sent twice.
	delivering, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var helpers sync.WaitGroup
	helpers.Go(func() { w.watch(ctx) })
	w.dispatch(ctx, delivering)
	timer := time.AfterFunc(w.Grace, cut)
	defer timer.Stop()
	w.under.Wait()
	helpers.Wait()
	return nil
}

type worker struct {
	*Outbox
	Options
	log     *slog.Logger
	metrics *metrics
	// under are the deliveries under way; busy is how many.
	under sync.WaitGroup
	mu    sync.Mutex
	busy  int
	// free tells that a delivery has ended.
	free chan struct{}
}

// dispatch claims what is due and starts its delivery, until ctx ends.
func (w *worker) dispatch(ctx, delivering context.Context) {
	tick := time.NewTicker(w.Poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		if room := w.room(); room > 0 {
			claimed, err := w.claim(ctx, room, w.PerDestination, w.Lease)
			if err != nil && ctx.Err() == nil {
				w.log.Warn("due messages cannot be read; trying again", "error", err)
			}
			for _, m := range claimed {
				w.start(delivering, m)
			}
		}
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-w.free:
		case <-tick.C:
		}
	}
}

// room returns how many deliveries may begin.
func (w *worker) room() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Concurrency - w.busy
}

func (w *worker) start(ctx context.Context, m Message) {
	w.mu.Lock()
	w.busy++
	w.mu.Unlock()
	w.under.Go(func() {
		w.deliver(ctx, m)
		w.mu.Lock()
		w.busy--
		w.mu.Unlock()
		select {
		case w.free <- struct{}{}:
		default:
		}
	})
}
