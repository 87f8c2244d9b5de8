package api_test

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/telemetry"
)

// memoryLogs is a telemetry.LogReader over a slice: the real one needs ClickHouse, and has tests of its own.
type memoryLogs struct {
	mu    sync.Mutex
	lines []telemetry.Line
	asked telemetry.LogQuery
}

func (m *memoryLogs) write(service, deployment string, stream telemetry.Stream, body string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines = append(m.lines, telemetry.Line{
		Record: telemetry.Record{At: time.Date(2026, 1, 2, 3, 4, len(m.lines), 0, time.UTC), Service: service, Deployment: deployment, Stream: stream, Body: body},
		Cursor: telemetry.Cursor(strconv.Itoa(len(m.lines) + 1)),
	})
}

func (m *memoryLogs) match(q telemetry.LogQuery) []telemetry.Line {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = q
	var out []telemetry.Line
	for _, l := range m.lines {
		if l.Service == q.Service && (q.Deployment == "" || l.Deployment == q.Deployment) {
			out = append(out, l)
		}
	}
	return out
}

func (m *memoryLogs) Query(_ context.Context, q telemetry.LogQuery) ([]telemetry.Line, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	out := m.match(q)
	if q.Before != "" {
		before, err := strconv.Atoi(string(q.Before))
		if err != nil {
			return nil, domain.Errorf(domain.Invalid, "the cursor is not one of ours")
		}
		for len(out) > 0 && number(out[len(out)-1]) >= before {
			out = out[:len(out)-1]
		}
	}
	return out[max(0, len(out)-q.Limit):], nil
}

func number(l telemetry.Line) int {
	n, _ := strconv.Atoi(string(l.Cursor))
	return n
}

func (m *memoryLogs) Follow(ctx context.Context, q telemetry.LogQuery, after telemetry.Cursor) iter.Seq2[telemetry.Line, error] {
	return func(yield func(telemetry.Line, error) bool) {
		last := 0
		switch after {
		case telemetry.Beginning:
			if all := m.match(q); q.Limit > 0 && len(all) > q.Limit {
				last = number(all[len(all)-q.Limit-1])
			}
		default:
			var err error
			if last, err = strconv.Atoi(string(after)); err != nil {
				yield(telemetry.Line{}, domain.Errorf(domain.Invalid, "the cursor is not one of ours"))
				return
			}
		}
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			for _, l := range m.match(q) {
				if number(l) > last {
					last = number(l)
					if l.Body == "FAIL" {
						yield(telemetry.Line{}, errors.New("the store burned down at 10.0.0.1"))
						return
					}
					if l.Body == "PANIC" {
						panic("the reader has a bug")
					}
					if !yield(l, nil) {
						return
					}
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}
}
