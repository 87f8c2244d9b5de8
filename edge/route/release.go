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
	forPeers              Measure // of requests that other servers' edges count

	mu sync.Mutex
	// routed says that the table gives it traffic. Enter reads it under the same lock that Drain counts under: no
	// request can slip in between "nothing is under way" and the release being stopped.
	routed bool
	// drained says that it has been drained since it last had traffic: peers, too, find it shut.
	drained bool
	leaving *time.Timer // runs while it has left the table and stays for peers
	targets []*target
	turn    int
	flights flights
	plain   int // flights that are not hijacked
	sockets int
	idle    chan struct{} // closed when a counter falls; nil while nobody waits
	leftAt  time.Time     // when it lost its traffic
}

// Enter books f on the release and chooses an endpoint. It answers false if the release has no traffic any more: look the
// table up again.
func (r *Release) Enter(f *Flight) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.routed && r.book(f, false)
}

// book chooses an endpoint for f. The lock is held.
func (r *Release) book(f *Flight, local bool) bool {
	t := r.choose(nil, local)
	if t == nil {
		return false
	}
	f.release, f.cut, f.socket, f.local = r, false, false, local
	f.assign(t)
	r.flights.add(f)
	r.plain++
	return true
}

// Again chooses another endpoint for a flight whose attempt failed before anything was answered; it answers false
// when the release has no other.
func (r *Release) Again(f *Flight) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.choose(f.target, f.local)
	if t == nil || t == f.target || f.cut {
		return false
	}
	f.assign(t)
	return true
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

// update brings the endpoints in line with the pool, keeping those that stay (their connections, their marks).
func (r *Release) update(p control.Pool, open func(control.Endpoint) *upstream.Upstream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.change(p, open)
}

// change is update; the lock is held.
func (r *Release) change(p control.Pool, open func(control.Endpoint) *upstream.Upstream) {
	if r.leaving != nil {
		r.leaving.Stop()
		r.leaving = nil
	}
	old := map[place]*target{}
	for _, t := range r.targets {
		old[placeOf(t.Endpoint)] = t
	}
	r.targets = nil
	for _, e := range p.Endpoints {
		t := old[placeOf(e)]
		if t == nil {
			t = &target{up: open(e), peer: e.Protocol == control.Peer}
		}
		t.Endpoint = e
		delete(old, placeOf(e))
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
	if routed {
		r.drained = false
	}
	r.mu.Unlock()
}
