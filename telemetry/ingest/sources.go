package ingest

import (
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

// projects returns the project of each service whose lines come from here.
func (s *source) projects() map[string]string {
	projects := map[string]string{}
	for service, c := range s.Services {
		projects[service] = c.Project
	}
	return projects
}

// forget drops sources that have been silent for long.
func (s *sources) forget(now time.Time) {
	maps.DeleteFunc(s.known, func(_ sourceID, src *source) bool { return now.Sub(src.Last) > forgetAfter })
}
