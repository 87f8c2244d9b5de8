package route

import (
	"sync/atomic"
	"time"

	"github.com/syntra-dev/syntra/edge/control"
)

// bounds are control.LatencyBounds as durations.
var bounds = func() []time.Duration {
	out := make([]time.Duration, len(control.LatencyBounds))
	for i, s := range control.LatencyBounds {
		out[i] = time.Duration(s * float64(time.Second))
	}
	return out
}()

// Measure counts what became of a release's requests. The zero value is ready.
type Measure struct {
	requests, errors atomic.Uint64
	buckets          [16]atomic.Uint64 // one more than LatencyBounds are used
	nanos            atomic.Int64
}

// Answered counts a request that was answered with status after took, the time to the head of the response: what
// follows depends on the client's line and on what is streamed, and says nothing about the release.
func (m *Measure) Answered(status int, took time.Duration) {
	m.requests.Add(1)
	if status >= 500 {
		m.errors.Add(1)
	}
	i := 0
	for i < len(bounds) && took > bounds[i] {
		i++
	}
	m.buckets[i].Add(1)
	m.nanos.Add(int64(took))
}

// Broken counts an answer that broke off in its middle; the request itself was counted by Answered.
func (m *Measure) Broken() { m.errors.Add(1) }

// Abandoned counts a request whose client left before there was an answer.
func (m *Measure) Abandoned() { m.requests.Add(1) }

// Stats is what was measured of the release so far.
func (r *Release) Stats() control.ReleaseStats {
	s := control.ReleaseStats{
		Service:        r.Service,
		Release:        r.ID,
		Requests:       r.Measure.requests.Load(),
		Errors:         r.Measure.errors.Load(),
		InFlight:       r.InFlight(),
		LatencyBuckets: make([]uint64, len(bounds)+1),
		LatencySum:     time.Duration(r.Measure.nanos.Load()).Seconds(),
	}
	for i := range s.LatencyBuckets {
		s.LatencyBuckets[i] = r.Measure.buckets[i].Load()
	}
	return s
}
