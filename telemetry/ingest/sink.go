// Package ingest takes log lines in: it makes them safe on disk before it answers, and brings them to the store once,
// whatever breaks in between.
package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/telemetry"
	"github.com/syntra-dev/syntra/telemetry/spool"
	"github.com/syntra-dev/syntra/telemetry/store"
)

// Options say how a Sink works.
type Options struct {
	Dir   string // of the spool; one process at a time uses it
	Store *store.Store
	// MaxBytes bounds the spool (default 1 GiB). When ClickHouse is away for so long that it is full, the oldest lines are
	// dropped, and a gap is shown in their place.
	MaxBytes     int64
	SegmentBytes int64
	// GapGrace is how long a missing sequence may still come, by another replica of the platform for example, before it
	// is shown as a gap; 0 is 30 s.
	GapGrace   time.Duration
	Registerer prometheus.Registerer // may be nil
	Logger     *slog.Logger
}

// Sink implements telemetry.LogSink.
type Sink struct {
	options Options
	spool   *spool.Spool
	metrics *metrics

	mu      sync.Mutex
	sources sources

	requests  chan request
	appended  chan struct{} // there is something for the writer
	stop      context.CancelFunc
	closing   chan struct{}
	closeOnce sync.Once
	ended     sync.WaitGroup

	waitingSince atomic.Int64 // arrival of the oldest line not stored, nanoseconds since 1970; 0: none
	storeError   atomic.Pointer[outage]
}

type outage struct {
	since time.Time
	err   error
}

type request struct {
	records []telemetry.Record
	done    chan error
}

var errClosed = domain.Errorf(domain.Unavailable, "the platform is shutting down; send the log lines again later")

// Open opens the spool and goes on where it was left. It does not wait for ClickHouse.
func Open(options Options) (*Sink, error) {
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	if options.GapGrace <= 0 {
		options.GapGrace = 30 * time.Second
	}
	opened, err := spool.Open(options.Dir, spool.Options{MaxBytes: options.MaxBytes, SegmentBytes: options.SegmentBytes, Logger: options.Logger})
	if err != nil {
		return nil, err
	}
	s := &Sink{options: options, spool: opened, requests: make(chan request), appended: make(chan struct{}, 1), closing: make(chan struct{})}
	if err := s.restore(); err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	s.metrics = newMetrics(options.Registerer, s)
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.ended.Go(s.commit)
	s.ended.Go(func() { s.deliver(ctx) })
	s.ended.Go(func() { s.judge(ctx) })
	return s, nil
}

// restore learns what has arrived: from the last progress, and from what waits in the spool.
func (s *Sink) restore() error {
	if state := s.spool.State(); state != nil {
		if err := json.Unmarshal(state, &s.sources); err != nil {
			return fmt.Errorf("reading the log spool's progress: %w", err)
		}
	}
	now := time.Now()
	return s.spool.Each(func(row spool.Row) {
		if !internal(row.Record) && !s.sources.has(row.Organization, row.Source, row.Sequence) {
			s.sources.add(row.Record, now)
		}
	})
}

// Write implements telemetry.LogSink. A record without organization or source, or with an id of absurd length, is refused
// alone and counted, since sending it again would not help.
func (s *Sink) Write(ctx context.Context, records []telemetry.Record) error {
	now := time.Now()
	clean := make([]telemetry.Record, 0, len(records))
	for _, r := range records {
		c, err := r.Clean(now)
		if err != nil {
			s.metrics.dropped.WithLabelValues("malformed").Inc()
			s.options.Logger.Warn("a log line was refused", "error", err, "server", r.Server, "service", r.Service)
			continue
		}
		clean = append(clean, c)
	}
	if len(clean) == 0 {
		return nil
	}
	return s.submit(ctx, clean)
}

func (s *Sink) submit(ctx context.Context, records []telemetry.Record) error {
	req := request{records: records, done: make(chan error, 1)}
	select {
	case s.requests <- req:
	case <-s.closing:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-req.done:
		return err
	case <-ctx.Done():
		return ctx.Err() // it may have been written: sent again, it is a copy
	}
}

// Close takes no more lines, lets what waits go to the store until ctx ends, and lets go of the spool. What is not stored
// by then stays on disk for the next Open.
func (s *Sink) Close(ctx context.Context) error {
	s.closeOnce.Do(func() { close(s.closing) })
	for s.Lag() > 0 && ctx.Err() == nil && s.Healthy() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
	s.stop()
	s.ended.Wait()
	return s.spool.Close()
}

// Healthy tells since when lines cannot be stored, and why. Meanwhile they wait on disk.
func (s *Sink) Healthy() error {
	if o := s.storeError.Load(); o != nil {
		return fmt.Errorf("log lines wait on disk since %s, the log store does not take them: %w", o.since.UTC().Format(time.RFC3339), o.err)
	}
	return nil
}
