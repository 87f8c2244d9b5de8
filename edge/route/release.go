package route

import (
	"sync"
	"time"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/upstream"
)

// Release is the living side of a control.Pool: where its requests go, which are under way, what was measured. It
// outlives table changes, so that a request which is under way stays counted when its release has left the table.
type Release struct {
	Service, ID           string
	Organization, Project string
	Measure               Measure

	mu sync.Mutex
	// routed says that the table gives it traffic. Enter reads it under the same lock that Drain counts under: no
	// request can slip in between "nothing is under way" and the release being stopped.
	routed  bool
	targets []*target
	turn    int
	flights flights
	plain   int // flights that are not hijacked
	sockets int
	idle    chan struct{} // closed when a counter falls; nil while nobody waits
	leftAt  time.Time     // when it lost its traffic
}

// target is one replica of the release.
type target struct {
	up       *upstream.Upstream
	inFlight int
	gone     bool
}

// Enter books f on the release and chooses an upstream, the one with the least under way. It answers false if the
// release has no traffic any more: look the table up again.
func (r *Release) Enter(f *Flight) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.routed || len(r.targets) == 0 {
		return false
	}
	f.release, f.cut, f.socket = r, false, false
	f.assign(r.choose(nil))
	r.flights.add(f)
	r.plain++
	return true
}

// Again chooses another upstream for a flight whose attempt failed before anything was answered; it answers false
// when the release has no other.
func (r *Release) Again(f *Flight) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.choose(f.target)
	if t == nil || t == f.target || f.cut {
		return false
	}
	f.assign(t)
	return true
}

// choose takes the healthy target with the least in flight, starting at another one each time so that equals share.
// If all are marked down it still chooses: a mark is a guess, and the request finds out.
func (r *Release) choose(not *target) *target {
	n := len(r.targets)
	if n == 0 {
		return nil
	}
	r.turn++
	var best, down *target
	for i := range n {
		t := r.targets[(r.turn+i)%n]
		switch {
		case t == not:
		case t.up.Down():
			if down == nil || t.inFlight < down.inFlight {
				down = t
			}
		case best == nil || t.inFlight < best.inFlight:
			best = t
		}
	}
	if best == nil {
		best = down
	}
	return best
}

// leave ends a flight's booking.
func (r *Release) leave(f *Flight) {
	r.mu.Lock()
	r.flights.remove(f)
	if f.socket {
		r.sockets--
	} else {
		r.plain--
	}
	f.assign(nil)
	r.wake()
	r.mu.Unlock()
}

func (r *Release) wake() {
	if r.idle != nil {
		close(r.idle)
		r.idle = nil
	}
}

// InFlight is the number of requests and sockets under way.
func (r *Release) InFlight() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int64(r.plain + r.sockets)
}

// update brings the replicas in line with the pool, keeping those that stay (their connections, their marks).
func (r *Release) update(p control.Pool, dial func(addr string) *upstream.Upstream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := map[string]*target{}
	for _, t := range r.targets {
		old[t.up.Addr()] = t
	}
	r.targets = nil
	for _, addr := range p.Upstreams {
		t := old[addr]
		if t == nil {
			t = &target{up: dial(addr)}
		}
		delete(old, addr)
		r.targets = append(r.targets, t)
	}
	for _, t := range old {
		t.gone = true
		t.retireIfIdle()
	}
}

// setRouted opens or shuts the release's door.
func (r *Release) setRouted(routed bool, now time.Time) {
	r.mu.Lock()
	if !routed && (r.routed || r.leftAt.IsZero()) {
		r.leftAt = now
	}
	r.routed = routed
	r.mu.Unlock()
}

// retireIfIdle lets go of a replica's connections when it has left and the last request has left it.
func (t *target) retireIfIdle() {
	if t.gone && t.inFlight == 0 {
		t.up.Close()
	}
}
