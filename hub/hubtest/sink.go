package hubtest

import (
	"context"
	"errors"
	"sync"

	"github.com/syntra-dev/syntra/telemetry"
)

// Sink keeps the log lines that a hub hands on, each once, as the real one does.
type Sink struct {
	mu      sync.Mutex
	down    bool
	seen    map[key]int // how often each line came
	records []telemetry.Record
}

type key struct {
	source   string
	sequence uint64
}

// NewSink makes an empty one.
func NewSink() *Sink { return &Sink{seen: map[key]int{}} }

// Write takes a batch in.
func (s *Sink) Write(_ context.Context, records []telemetry.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return errors.New("the sink is down")
	}
	for _, r := range records {
		k := key{r.Source, r.Sequence}
		if s.seen[k]++; s.seen[k] == 1 {
			s.records = append(s.records, r)
		}
	}
	return nil
}

// Fail makes it refuse lines, or take them again.
func (s *Sink) Fail(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// Records returns what came, in order of arrival.
func (s *Sink) Records() []telemetry.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]telemetry.Record{}, s.records...)
}

// Bodies returns the lines of a stream.
func (s *Sink) Bodies(stream telemetry.Stream) []string {
	var out []string
	for _, r := range s.Records() {
		if r.Stream == stream {
			out = append(out, r.Body)
		}
	}
	return out
}
