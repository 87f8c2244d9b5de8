package service

import (
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// readies are the replicas that passed a probe since they last started: only they get traffic.
type readies struct {
	mu sync.Mutex
	of map[string]oneRun
}

// oneRun tells one run of a replica from the next.
type oneRun struct {
	startedAt time.Time
	address   string
}

func (r *readies) add(i runtime.Instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[string]oneRun{}
	}
	r.of[i.Name] = oneRun{i.StartedAt, i.Address}
}

// is says whether this very run of the replica has passed a probe.
func (r *readies) is(i runtime.Instance) bool {
	if i.State != runtime.Running || i.Address == "" {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.of[i.Name]
	return ok && l.address == i.Address && l.startedAt.Equal(i.StartedAt)
}

// keep forgets replicas that are gone.
func (r *readies) keep(there map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name := range r.of {
		if !there[name] {
			delete(r.of, name)
		}
	}
}

// stops are replicas that the agent is ending itself: their end is no accident.
type stops struct {
	mu sync.Mutex
	of map[string]int
}

func (s *stops) begin(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[string]int{}
	}
	s.of[name]++
}

func (s *stops) end(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[name]--; s.of[name] <= 0 {
		delete(s.of, name)
	}
}

func (s *stops) is(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of[name] > 0
}
