package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/telemetry"
	"github.com/syntra-dev/syntra/telemetry/store"
)

// judge looks for sequences that stay missing, and shows them to readers as gaps.
func (s *Sink) judge(ctx context.Context) {
	for sleep(ctx, max(s.options.GapGrace/4, 10*time.Millisecond)) {
		for _, hole := range s.overdue(time.Now()) {
			gaps, err := s.missing(ctx, hole)
			if err != nil {
				break // the store is away: the holes stay, and are looked into when it is back
			}
			if len(gaps) > 0 {
				if err := s.submit(ctx, gaps); err != nil {
					break
				}
				s.metrics.gaps.Add(float64(len(gaps)))
			}
			s.judged(hole)
		}
	}
}

// hole is a range of sequences that did not arrive here.
type hole struct {
	sourceID
	store.Range
	unknown  bool // another replica may have them
	server   string
	services map[string]string // the project of each service whose lines come from this source
	at       time.Time         // just before the line that came after it
}

// patience is how many graces a hole is given at most: where the clock of a server is behind, it never seems to be
// caught up.
const patience = 20

// overdue are the holes whose grace is over.
func (s *Sink) overdue(now time.Time) (overdue []hole) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, src := range s.sources.known {
		holes := src.holes()
		if len(holes) == 0 && now.Sub(src.Last) > s.options.GapGrace {
			src.Told = 0 // of lines that did arrive
		}
		for _, r := range holes {
			seen, ok := src.noticed[r.To+1]
			if !ok { // before a restart
				src.notice(telemetry.Record{Sequence: r.To + 1, At: now}, now)
				continue
			}
			if src.mayExplain(seen, now, s.options.GapGrace) {
				continue
			}
			overdue = append(overdue, hole{sourceID: id, Range: r, unknown: src.Unknown && r.From == 1,
				server: src.Server, services: src.projects(), at: seen.at.Add(-1)})
		}
	}
	return overdue
}

// mayExplain reports whether the missing lines may still come, or the agent's own word on them: it sends that in order with its
// lines, so all that it wrote before the hole was noticed must have arrived first.
func (s *source) mayExplain(seen notice, now time.Time, grace time.Duration) bool {
	waited := now.Sub(seen.when)
	caughtUp := s.newest.After(seen.when) || now.Sub(s.Last) >= grace
	return waited < grace || !caughtUp && waited < patience*grace
}

// missing asks the store, which knows what other replicas took, and answers the gaps to show: one for each service whose
// lines come from the source, since nobody knows whose were lost.
func (s *Sink) missing(ctx context.Context, h hole) ([]telemetry.Record, error) {
	if h.unknown {
		// What is stored of a source that was met in the middle may be old enough to be gone: only what is missing
		// after the last that is there is a gap.
		last, found, err := s.options.Store.LastSequence(ctx, h.organization, h.source, h.To+1)
		if err != nil {
			return nil, err
		}
		if found {
			h.From = last + 1
		}
		if h.From > h.To {
			return nil, nil
		}
	}
	stored, err := s.options.Store.CountSequences(ctx, h.organization, h.source, h.Range)
	if err != nil {
		return nil, err
	}
	lost := int(h.To-h.From+1-stored) - s.told(h.sourceID, h.To-h.From+1-stored)
	if lost <= 0 {
		return nil, nil
	}
	s.options.Logger.Warn("log lines of a server are missing for good", "server", h.server, "lines", lost)
	var gaps []telemetry.Record
	for service, project := range h.services {
		gaps = append(gaps, telemetry.Record{
			At: h.at.UTC(), Organization: h.organization, Project: project, Service: service, Server: h.server,
			Stream: telemetry.Gap, Source: telemetry.ReservedSource + "gap/" + h.source, Sequence: h.From,
			Body: fmt.Sprintf("%s missing: lost on the way from the server%s", count(lost), among(len(h.services))), Lost: uint64(lost),
		})
	}
	return gaps, nil
}

// told uses up what the agent itself told of missing lines, and answers how much that explains.
func (s *Sink) told(id sourceID, missing uint64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.sources.known[id]
	if src == nil {
		return 0
	}
	told := min(src.Told, missing)
	src.Told -= told
	return int(told)
}

func among(services int) string {
	if services < 2 {
		return ""
	}
	return fmt.Sprintf("; some may be of its %d other services", services-1)
}

func (s *Sink) judged(h hole) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if src := s.sources.known[h.sourceID]; src != nil {
		src.Judged = max(src.Judged, h.To)
		delete(src.noticed, h.To+1)
		if h.unknown {
			src.Unknown = false
		}
	}
}
