package logs

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/syntra-dev/syntra/agent/spool"
	"github.com/syntra-dev/syntra/telemetry"
)

// DefaultRate is how many lines a second a service may write for long; for a moment it may write burstSeconds' worth.
const DefaultRate = 20_000

const (
	burstSeconds = 10
	// tellRefused is how often it is told how many lines were refused.
	tellRefused = time.Second
)

// limits hold each service's output to a rate, so that one that is out of control leaves disk, line and log store to the
// others. What is over it is not kept, and counted in a gap.
type limits struct {
	perSecond int
	tell      func(gap spool.Line)

	mu      sync.Mutex
	buckets map[string]*rate.Limiter // by service
	refused map[string]*refusal      // by replica
}

// refusal is what was refused of a replica since it was last told.
type refusal struct {
	record telemetry.Record // of the first
	lines  int
}

func newLimits(perSecond int, tell func(gap spool.Line)) *limits {
	return &limits{perSecond: perSecond, tell: tell, buckets: map[string]*rate.Limiter{}, refused: map[string]*refusal{}}
}

// admit reports whether a line is within its service's rate.
func (l *limits) admit(line spool.Line) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.buckets[line.Service]
	if bucket == nil {
		bucket = rate.NewLimiter(rate.Limit(l.perSecond), l.perSecond*burstSeconds)
		l.buckets[line.Service] = bucket
	}
	if bucket.Allow() {
		return true
	}
	r := l.refused[line.From]
	if r == nil {
		r = &refusal{record: line.Record}
		l.refused[line.From] = r
		time.AfterFunc(tellRefused, func() { l.flush(line.From) })
	}
	r.lines++
	return false
}

// flush tells what was refused of a replica.
func (l *limits) flush(replica string) {
	l.mu.Lock()
	r := l.refused[replica]
	delete(l.refused, replica)
	l.mu.Unlock()
	if r == nil {
		return
	}
	gap := spool.Line{Missing: r.lines, Record: r.record}
	gap.Stream = telemetry.Gap
	gap.Body = fmt.Sprintf("%d lines are missing: the service wrote more than %d lines a second", r.lines, l.perSecond)
	l.tell(gap)
}

// flushAll tells everything that was refused.
func (l *limits) flushAll() {
	l.mu.Lock()
	var replicas []string
	for replica := range l.refused {
		replicas = append(replicas, replica)
	}
	l.mu.Unlock()
	for _, replica := range replicas {
		l.flush(replica)
	}
}
