package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/syntra-dev/syntra/telemetry"
)

const (
	// followPoll is how often a follower looks without being woken, for what other replicas of the platform stored.
	followPoll = 2 * time.Second
	// A follower has between leastRows and mostRows lines in memory at once, about followBytes of them.
	leastRows, mostRows = 250, 2000
	followBytes         = 2 << 20
	// Pauses between attempts while ClickHouse is away.
	firstPause = 100 * time.Millisecond
	longPause  = 3 * time.Second
)

// Follow implements telemetry.LogReader.
func (s *Store) Follow(ctx context.Context, q telemetry.LogQuery, after telemetry.Cursor) iter.Seq2[telemetry.Line, error] {
	return func(yield func(telemetry.Line, error) bool) {
		f := follower{store: s, query: q, after: after, yield: yield, limit: leastRows}
		if err := f.run(ctx); err != nil && !errors.Is(err, errLeft) {
			yield(telemetry.Line{}, err)
		}
	}
}

// errLeft says that the caller left the loop.
var errLeft = errors.New("left")

// follower is one run of Follow.
type follower struct {
	store  *Store
	query  telemetry.LogQuery
	search telemetry.Search
	after  telemetry.Cursor
	yield  func(telemetry.Line, error) bool

	page  *page // what is left of the snapshot at the start; nil: nothing
	heads heads // everything up to here was given out
	limit int   // how many lines the next read asks for
	seen  recent
}

func (f *follower) run(ctx context.Context) error {
	if err := f.begin(); err != nil {
		return err
	}
	for pause := firstPause; ; {
		arrival := f.store.arrivals.next(f.query.Organization)
		more, err := f.step(ctx)
		switch {
		case errors.Is(err, errLeft): // before ctx: a reader that goes away does both, and must not be called again
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !passing(err):
			return fmt.Errorf("following log lines: %w", err)
		case err != nil:
			f.store.options.Logger.Warn("following log lines: the log store does not answer; waiting for it", "error", err, "pause", pause)
			if !wait(ctx, pause, nil) {
				return ctx.Err()
			}
			pause = min(2*pause, longPause)
			continue
		}
		pause = firstPause
		if !more && !wait(ctx, followPoll, arrival) {
			return ctx.Err()
		}
	}
}

func wait(ctx context.Context, d time.Duration, sooner <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-sooner:
	}
	return true
}

// passing reports whether an error may go away by itself: ClickHouse is away, or it answers that it is too busy.
func passing(err error) bool {
	var exception *clickhouse.Exception
	if !errors.As(err, &exception) {
		return true
	}
	const timeout, memory, concurrency, starting, killed = 159, 241, 202, 517, 394
	return slices.Contains([]int32{timeout, memory, concurrency, starting, killed}, exception.Code)
}

func (f *follower) begin() error {
	q := f.query
	q.Before, q.After, q.Oldest = "", "", false
	if err := q.Check(); err != nil {
		return err
	}
	p, err := newPage(q)
	if err != nil {
		return err
	}
	f.query, f.search = q, p.search
	switch f.after {
	case telemetry.End:
	case telemetry.Beginning:
		p.forward = q.Limit == 0
		f.page = &p
	default:
		at, err := parseCursor(f.after)
		if err != nil {
			return err
		}
		f.heads = at.heads
		if !at.live {
			p.heads, p.start, p.forward = at.heads, &at.key, true
			f.page = &p
		}
	}
	return nil
}

// step gives out the next lines. more says that there may be further ones at once.
func (f *follower) step(ctx context.Context) (more bool, err error) {
	if f.heads == nil {
		if f.heads, err = f.store.heads(ctx); err != nil {
			return false, err
		}
	}
	if f.page != nil {
		return true, f.past(ctx)
	}
	return f.live(ctx)
}

// past gives out a page of what was there at the start.
func (f *follower) past(ctx context.Context) error {
	p := f.page
	p.heads = f.heads
	if p.forward {
		p.limit = f.limit
	}
	limit := p.limit
	lines, err := f.store.page(ctx, *p)
	if err != nil {
		return err
	}
	size := 0
	for _, line := range lines {
		k := keyOf(line.Record)
		p.start = &k
		size += len(line.Body)
		if !f.yield(line, nil) {
			return errLeft
		}
	}
	if len(lines) < limit || !p.forward {
		f.page = nil
	}
	f.adapt(len(lines), size)
	return nil
}

// live gives out what arrived since.
func (f *follower) live(ctx context.Context) (more bool, err error) {
	now, err := f.store.heads(ctx)
	if err != nil {
		return false, err
	}
	w := scope(f.query, f.search)
	w.between(f.heads, now)
	if w.conditions[len(w.conditions)-1] == "(0)" {
		return false, nil
	}
	rows, err := f.store.fetch(ctx, statement{fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY position LIMIT %d",
		readColumns, f.store.table("log"), w.sql(), f.limit), w.args})
	if err != nil {
		return false, err
	}
	copies, err := f.copies(ctx, rows)
	if err != nil {
		return false, err
	}
	limit, size := f.limit, 0
	for _, r := range rows {
		size += len(r.Body)
		f.heads = maps.Clone(f.heads)
		f.heads[r.writer] = r.position
		k := keyOf(r.Record)
		if copies[identity{r.Source, r.Sequence}] || f.seen.has(k) {
			continue
		}
		f.seen.add(k)
		if !f.yield(telemetry.Line{Record: r.Record, Cursor: place{heads: f.heads, key: k, live: true}.cursor()}, nil) {
			return false, errLeft
		}
	}
	f.adapt(len(rows), size)
	if len(rows) == limit {
		return true, nil
	}
	f.heads = now
	return false, nil
}

// adapt chooses how many lines to ask for next from how long the last ones were.
func (f *follower) adapt(lines, size int) {
	if lines > 0 {
		f.limit = min(max(followBytes/(size/lines+100), leastRows), mostRows, 4*f.limit)
	}
}
