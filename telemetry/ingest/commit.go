package ingest

import (
	"strconv"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/telemetry"
	"github.com/syntra-dev/syntra/telemetry/spool"
)

// maxGroup is how many records share one write to disk.
const maxGroup = 50_000

// commit is the one goroutine that appends to the spool. Requests that come while the disk works share the next write.
func (s *Sink) commit() {
	for {
		var group []request
		select {
		case req := <-s.requests:
			group = append(group, req)
		case <-s.closing:
			return
		}
		count := len(group[0].records)
	more:
		for count < maxGroup {
			select {
			case req := <-s.requests:
				group = append(group, req)
				count += len(req.records)
			default:
				break more
			}
		}
		err := s.append(group)
		for _, req := range group {
			req.done <- err
		}
	}
}

func (s *Sink) append(group []request) error {
	fresh := s.fresh(group)
	if len(fresh) > 0 {
		now := time.Now()
		lost, err := s.spool.Append(fresh)
		s.tellLost(lost, now)
		if err != nil {
			s.options.Logger.Error("log lines cannot be kept", "error", err)
			return domain.Errorf(domain.Unavailable, "log lines cannot be kept on the platform's disk: %v", err)
		}
		s.mu.Lock()
		for _, r := range fresh {
			if !internal(r) {
				s.sources.add(r, now)
			}
		}
		s.mu.Unlock()
		s.metrics.ingested.Add(float64(len(fresh)))
		s.waitingSince.CompareAndSwap(0, now.UnixNano())
		s.wake()
	}
	return nil
}

func (s *Sink) wake() {
	select {
	case s.appended <- struct{}{}:
	default:
	}
}

// fresh leaves out what arrived before.
func (s *Sink) fresh(group []request) []telemetry.Record {
	type id struct {
		sourceID
		sequence uint64
	}
	var fresh []telemetry.Record
	now := map[id]bool{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, req := range group {
		for _, r := range req.records {
			if internal(r) {
				fresh = append(fresh, r)
				continue
			}
			key := id{sourceID{r.Organization, r.Source}, r.Sequence}
			if now[key] || s.sources.has(r.Organization, r.Source, r.Sequence) {
				s.metrics.copies.Inc()
				continue
			}
			now[key] = true
			fresh = append(fresh, r)
		}
	}
	return fresh
}

// The platform's own remarks have sources of their own, which no agent can name: Clean of an agent's record comes first.
func internal(r telemetry.Record) bool { return strings.HasPrefix(r.Source, telemetry.ReservedSource) }

// tellLost puts a gap in the place of lines that were dropped.
func (s *Sink) tellLost(lost []spool.Loss, now time.Time) {
	var gaps []telemetry.Record
	for _, l := range lost {
		s.metrics.dropped.WithLabelValues("spool full").Add(float64(l.Records))
		s.options.Logger.Error("log lines were dropped: the log store has been away for too long and the spool is full",
			"organization", l.Organization, "service", l.Service, "lines", l.Records)
		gaps = append(gaps, telemetry.Record{
			At: l.From, Organization: l.Organization, Project: l.Project, Service: l.Service, Stream: telemetry.Gap,
			Source: telemetry.ReservedSource + "dropped/" + s.spool.ID(), Sequence: uint64(now.UnixNano()) + uint64(len(gaps)),
			Body: count(l.Records) + " missing: the log store was away for too long", Lost: uint64(l.Records),
		})
	}
	if len(gaps) == 0 {
		return
	}
	s.metrics.gaps.Add(float64(len(gaps)))
	if _, err := s.spool.Append(gaps); err != nil {
		s.options.Logger.Error("a gap in the log lines cannot be kept", "error", err)
	}
}

func count(lines int) string {
	if lines == 1 {
		return "1 line is"
	}
	return strconv.Itoa(lines) + " lines are"
}
