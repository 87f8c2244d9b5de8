package ingest

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/telemetry"
	"github.com/syntra-dev/syntra/telemetry/store"
)

// sources knows for each source which sequences arrived: it tells copies from new records, and holes from what is whole.
type sources struct {
	known map[sourceID]*source
}

// sourceID names a source within its organization, so that one tenant's agent cannot use up another's sequences.
type sourceID struct{ organization, source string }

type source struct {
	// Seen are the ranges of sequences that arrived, in order, not touching.
	Seen []store.Range `json:"seen"`
	// Judged is the sequence up to which holes were looked into.
	Judged uint64 `json:"judged"`
	// Told is how many missing sequences the agent itself has told of, and no hole has used up.
	Told uint64 `json:"told,omitempty"`
	// Unknown says that the source was first met in the middle: another replica may have what is before.
	Unknown bool `json:"unknown,omitempty"`
	// Services are whose lines come from here, with the project of each and when the last came.
	Services map[string]*carried `json:"services"`
	Server   string              `json:"server"`
	Last     time.Time           `json:"last"`

	noticed map[uint64]notice // holes not judged yet, by the sequence after them; lost in a restart
	newest  time.Time         // the latest time of a line
}

// notice is when a hole was noticed, and the time of the line after it.
type notice struct{ when, at time.Time }

type carried struct {
	Project string    `json:"project"`
	Last    time.Time `json:"last"`
}

const (
	// maxRanges bounds what is remembered of one source: below its oldest holes everything counts as arrived.
	maxRanges = 64
	// forgetAfter is how long a silent source is remembered.
	forgetAfter = 30 * 24 * time.Hour
	maxServices = 64
)

func (s *sources) has(organization, name string, sequence uint64) bool {
	src := s.known[sourceID{organization, name}]
	return src != nil && src.has(sequence)
}

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

// add notes a record that is safely on disk.
func (s *sources) add(r telemetry.Record, now time.Time) {
	if s.known == nil {
		s.known = map[sourceID]*source{}
	}
	id := sourceID{r.Organization, r.Source}
	src := s.known[id]
	if src == nil {
		src = &source{Services: map[string]*carried{}, Unknown: r.Sequence > 1}
		if !src.Unknown {
			src.Judged = r.Sequence
		}
		s.known[id] = src
	}
	src.Last, src.Server = now, r.Server
	if r.At.After(src.newest) {
		src.newest = r.At
	}
	if r.Stream == telemetry.Gap {
		src.Told += r.Lost
	}
	src.carry(r, now)
	src.insert(r, now)
}

func (s *source) carry(r telemetry.Record, now time.Time) {
	if r.Service == "" {
		return
	}
	if c := s.Services[r.Service]; c != nil {
		c.Last = now
		return
	}
	if len(s.Services) >= maxServices {
		oldest := slices.MinFunc(slices.Collect(maps.Keys(s.Services)), func(a, b string) int {
			return s.Services[a].Last.Compare(s.Services[b].Last)
		})
		delete(s.Services, oldest)
	}
	s.Services[r.Service] = &carried{Project: r.Project, Last: now}
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

// projects answers the project of each service whose lines come from here.
func (s *source) projects() map[string]string {
	projects := map[string]string{}
	for service, c := range s.Services {
		projects[service] = c.Project
	}
	return projects
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

// forget drops sources that have been silent for long.
func (s *sources) forget(now time.Time) {
	maps.DeleteFunc(s.known, func(_ sourceID, src *source) bool { return now.Sub(src.Last) > forgetAfter })
}

// saved is how sources are kept beside the spool's progress.
type saved struct {
	Organization string  `json:"organization"`
	Source       string  `json:"source"`
	State        *source `json:"state"`
}

func (s *sources) MarshalJSON() ([]byte, error) {
	all := []saved{}
	for id, src := range s.known {
		all = append(all, saved{id.organization, id.source, src})
	}
	return json.Marshal(all)
}

func (s *sources) UnmarshalJSON(b []byte) error {
	var all []saved
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	s.known = map[sourceID]*source{}
	for _, one := range all {
		if one.State == nil {
			continue
		}
		if one.State.Services == nil {
			one.State.Services = map[string]*carried{}
		}
		s.known[sourceID{one.Organization, one.Source}] = one.State
	}
	return nil
}
