package ingest

import (
	"slices"
	"time"

	"github.com/syntra-dev/syntra/telemetry"
	"github.com/syntra-dev/syntra/telemetry/store"
)

func (s *source) has(sequence uint64) bool {
	i, found := slices.BinarySearchFunc(s.Seen, sequence, func(r store.Range, n uint64) int {
		switch {
		case r.To < n:
			return -1
		case r.From > n:
			return 1
		}
		return 0
	})
	return found && i < len(s.Seen)
}

func (s *source) insert(r telemetry.Record, now time.Time) {
	n := r.Sequence
	if len(s.Seen) == 0 {
		s.Seen = []store.Range{{From: n, To: n}}
		if s.Unknown {
			s.notice(r, now)
		}
		return
	}
	last := &s.Seen[len(s.Seen)-1]
	switch {
	case n == last.To+1:
		last.To = n
		return
	case n > last.To:
		s.Seen = append(s.Seen, store.Range{From: n, To: n})
		s.notice(r, now)
	default:
		s.fill(n)
	}
	if len(s.Seen) > maxRanges {
		s.Seen[1].From = s.Seen[0].From
		s.Seen = s.Seen[1:]
	}
}

func (s *source) notice(after telemetry.Record, now time.Time) {
	if s.noticed == nil {
		s.noticed = map[uint64]notice{}
	}
	s.noticed[after.Sequence] = notice{when: now, at: after.At}
}

// fill adds a late sequence.
func (s *source) fill(n uint64) {
	if s.has(n) {
		return
	}
	i, _ := slices.BinarySearchFunc(s.Seen, n, func(r store.Range, n uint64) int {
		if r.To < n {
			return -1
		}
		return 1
	})
	s.Seen = slices.Insert(s.Seen, i, store.Range{From: n, To: n})
	if i+1 < len(s.Seen) && s.Seen[i+1].From == n+1 {
		s.Seen[i].To = s.Seen[i+1].To
		s.Seen = slices.Delete(s.Seen, i+1, i+2)
	}
	if i > 0 && s.Seen[i-1].To+1 == n {
		s.Seen[i-1].To = s.Seen[i].To
		s.Seen = slices.Delete(s.Seen, i, i+1)
	}
}

// holes are the ranges between what arrived that were not judged yet.
func (s *source) holes() (holes []store.Range) {
	if s.Unknown && len(s.Seen) > 0 && s.Seen[0].From > 1 {
		holes = append(holes, store.Range{From: 1, To: s.Seen[0].From - 1})
	}
	for i := 1; i < len(s.Seen); i++ {
		hole := store.Range{From: s.Seen[i-1].To + 1, To: s.Seen[i].From - 1}
		if hole.From = max(hole.From, s.Judged+1); hole.From <= hole.To {
			holes = append(holes, hole)
		}
	}
	return holes
}
