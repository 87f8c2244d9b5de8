package reactors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/syntra-dev/syntra/eventstore"
	"go.temporal.io/sdk/client"
)

// Options of Run; Pool, Log and Temporal are required.
type Options struct {
	// Pool of the database with the checkpoints. One connection is held for as long as this replica has its turn.
	Pool     *pgxpool.Pool
	Log      *eventstore.Log
	Temporal client.Client
	Logger   *slog.Logger
	// Metrics is where the reactors register their own; nil keeps them private.
	Metrics prometheus.Registerer
	// Retry is how long a failed event waits before its second try; zero means 100 ms. It doubles up to 50 times that.
	Retry time.Duration
}

// handler does what one event asks for, and says whether it asked for anything; it is called again until it succeeds.
type handler func(ctx context.Context, r eventstore.Recorded) (acted bool, err error)

// Run reads the log and starts and signals workflows until ctx ends. Of all replicas that call it one works at a time.
func Run(ctx context.Context, o Options) error {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Retry == 0 {
		o.Retry = 100 * time.Millisecond
	}
	r := &reactor{
		name: "workflows", options: o, log: o.Logger.With("part", "reactor", "reactor", "workflows"), metrics: newMetrics(o.Metrics),
		filter: eventstore.Filter{StreamPrefixes: []string{"deployment-", "service-"}},
		handle: (&signaller{log: o.Log, temporal: o.Temporal}).handle,
	}
	return r.run(ctx)
}

type reactor struct {
	name    string
	options Options
	log     *slog.Logger
	metrics *metrics
	filter  eventstore.Filter
	handle  handler
}

// standBy is how often a replica that has not its turn asks for it.
const standBy = time.Second

func (r *reactor) run(ctx context.Context) error {
	backoff := r.options.Retry
	for ctx.Err() == nil {
		err := r.turn(ctx, func() { backoff = r.options.Retry })
		wait := standBy
		if !errors.Is(err, errNotOurs) && ctx.Err() == nil {
			r.log.Warn("reactor stopped; it goes on from its checkpoint", "error", err)
			wait, backoff = jitter(backoff), min(2*backoff, 50*r.options.Retry)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	return nil
}

// maxSkipped is how many events that ask for nothing may lie between the checkpoint and what was read.
const maxSkipped = 200

// turn handles events for as long as this replica may.
func (r *reactor) turn(ctx context.Context, progress func()) error {
	t, err := takeTurn(ctx, r.options.Pool, r.name)
	if err != nil {
		return err
	}
	defer t.end()
	r.metrics.leading.Set(1)
	defer r.metrics.leading.Set(0)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go r.measure(ctx)
	r.metrics.position.Set(float64(t.position))
	skipped := 0
	for e, err := range r.options.Log.Subscribe(ctx, t.position, r.filter) {
		if err != nil {
			return fmt.Errorf("read the log after %s: %w", t.position, err)
		}
		acted, err := r.until(ctx, e)
		if err != nil {
			return err
		}
		// Most events ask for nothing; reading some of them again costs less than a commit for each.
		if skipped++; acted || skipped >= maxSkipped {
			if err := t.advance(ctx, e.Position); err != nil {
				return err
			}
			skipped = 0
		}
		r.metrics.position.Set(float64(e.Position))
		progress()
	}
	return ctx.Err()
}

// until handles an event, however often it takes: an event that is skipped is lost for ever.
func (r *reactor) until(ctx context.Context, e eventstore.Recorded) (acted bool, err error) {
	backoff := r.options.Retry
	for try := 1; ; try++ {
		began := time.Now()
		acted, err := r.handle(ctx, e)
		if err == nil {
			r.metrics.handled.Inc()
			r.metrics.seconds.Observe(time.Since(began).Seconds())
			return acted, nil
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		r.metrics.failures.Inc()
		// Temporal that has just come up refuses a few times; a person need not hear of that.
		level := slog.LevelDebug
		if try%5 == 0 {
			level = slog.LevelWarn
		}
		r.log.Log(ctx, level, "event not handled yet; trying again", "position", e.Position, "type", e.Type, "stream", e.Stream, "try", try, "error", err)
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(jitter(backoff)):
		}
		backoff = min(2*backoff, 50*r.options.Retry)
	}
}

// jitter spreads tries over half to the whole of d.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
