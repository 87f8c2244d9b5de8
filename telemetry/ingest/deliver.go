package ingest

import (
	"context"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/telemetry/spool"
)

const (
	batchRows  = 10_000
	batchBytes = 4 << 20
	// batchPause is the least time between two inserts: lines come together meanwhile, which keeps ClickHouse from
	// making many small parts, and nobody who watches notices.
	batchPause = 250 * time.Millisecond
	// Pauses between attempts while ClickHouse is away.
	firstPause = 100 * time.Millisecond
	longPause  = 5 * time.Second
)

// deliver is the one goroutine that brings rows from the spool to the store, in order.
func (s *Sink) deliver(ctx context.Context) {
	// What was under way when the process before ended may be stored or not.
	unsure := true
	if s.spool.Waiting() {
		s.waitingSince.CompareAndSwap(0, time.Now().UnixNano())
	}
	for ctx.Err() == nil {
		rows, err := s.spool.Next(batchRows, batchBytes)
		if err != nil {
			s.options.Logger.Error("log lines wait: the spool cannot be read", "error", err)
			if !sleep(ctx, longPause) {
				return
			}
			continue
		}
		if len(rows) == 0 {
			if !s.rest(ctx) {
				return
			}
			continue
		}
		begun := time.Now()
		if !s.store(ctx, rows, unsure) {
			return
		}
		unsure = false
		s.done(rows)
		if len(rows) < batchRows && !sleep(ctx, batchPause-time.Since(begun)) {
			return
		}
	}
}

// rest waits for something to do.
func (s *Sink) rest(ctx context.Context) bool {
	s.waitingSince.Store(0)
	if s.spool.Waiting() { // appended in between
		s.waitingSince.CompareAndSwap(0, time.Now().UnixNano())
		return true
	}
	select {
	case <-s.appended:
		return true
	case <-ctx.Done():
		return false
	}
}

// store inserts the rows, again and again until they are in; false when ctx ended first.
func (s *Sink) store(ctx context.Context, rows []spool.Row, unsure bool) bool {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		err := s.attempt(ctx, rows, unsure)
		if err == nil {
			if o := s.storeError.Swap(nil); o != nil {
				s.options.Logger.Info("the log store takes lines again", "after", time.Since(o.since).Round(time.Millisecond))
			}
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		s.metrics.failures.Inc()
		o := s.storeError.Load()
		if o == nil {
			o = &outage{since: time.Now()}
			s.options.Logger.Warn("the log store does not take lines; they wait on disk", "error", err)
		}
		s.storeError.Store(&outage{since: o.since, err: err})
		unsure = true
		if !sleep(ctx, pause) {
			return false
		}
	}
}

// attempt inserts the rows once; unsure says that some may be there.
func (s *Sink) attempt(ctx context.Context, rows []spool.Row, unsure bool) error {
	if unsure {
		stored, err := s.options.Store.Stored(ctx, s.spool.ID(), rows[0].Position-1)
		if err != nil {
			return err
		}
		rows = slices.DeleteFunc(slices.Clone(rows), func(row spool.Row) bool { return stored[row.Position] })
	}
	if len(rows) == 0 {
		return nil
	}
	begun := time.Now()
	if err := s.options.Store.Insert(ctx, s.spool.ID(), rows); err != nil {
		return err
	}
	s.metrics.insert.Observe(time.Since(begun).Seconds())
	s.metrics.batch.Observe(float64(len(rows)))
	s.metrics.stored.Add(float64(len(rows)))
	return nil
}

// done notes the progress. If that fails, the rows are found in the store after a restart.
func (s *Sink) done(rows []spool.Row) {
	s.mu.Lock()
	s.sources.forget(time.Now())
	state, err := s.sources.MarshalJSON()
	s.mu.Unlock()
	if err == nil {
		err = s.spool.Ack(rows[len(rows)-1].Position, state)
	}
	if err != nil {
		s.options.Logger.Error("log lines are stored, but the spool's progress cannot be noted", "error", err)
	}
	if s.spool.Waiting() {
		s.waitingSince.Store(int64(rows[len(rows)-1].Position))
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
