package route

import (
	"github.com/syntra-dev/syntra/edge/upstream"
)

// Flight is one request under way. The zero value is ready for Enter; a Flight may be used again after Leave.
type Flight struct {
	// Abort cuts the request: it must make every blocked read and write of it fail, soon, and may be called from
	// another goroutine, but never after Leave has returned.
	Abort func()

	release    *Release
	target     *target
	prev, next *Flight
	socket     bool
	cut        bool
	local      bool // it came from a peer: only replicas on this server may answer
}

// Release is where the flight is booked.
func (f *Flight) Release() *Release { return f.release }

// Upstream is where the request is to go.
func (f *Flight) Upstream() *upstream.Upstream { return f.target.up }

// ToPeer reports whether that is the edge of another server.
func (f *Flight) ToPeer() bool { return f.target != nil && f.target.peer }

// FromPeer reports whether the request came from the edge of another server.
func (f *Flight) FromPeer() bool { return f.local }

// Measure is where the request is counted. One that came from a peer is counted there, where it began.
func (f *Flight) Measure() *Measure {
	if f.local {
		return &f.release.forPeers
	}
	return &f.release.Measure
}

// Leave ends the booking. The request must be over: the release may be stopped the moment after.
func (f *Flight) Leave() { f.release.leave(f) }

// Hijacked says that the request became a WebSocket (or other upgraded connection), which has a grace of its own.
func (f *Flight) Hijacked() {
	r := f.release
	r.mu.Lock()
	defer r.mu.Unlock()
	if !f.socket {
		f.socket = true
		r.plain--
		r.sockets++
		r.wake()
	}
}

// Cut says that a drain's grace ended before the request did.
func (f *Flight) Cut() bool {
	f.release.mu.Lock()
	defer f.release.mu.Unlock()
	return f.cut
}

// assign moves the flight to t (nil: to none). The release's lock is held.
func (f *Flight) assign(t *target) {
	if old := f.target; old != nil {
		old.inFlight--
		old.retireIfIdle()
	}
	f.target = t
	if t != nil {
		t.inFlight++
	}
}

// flights is a list threaded through its members, so that booking allocates nothing.
type flights struct{ head *Flight }

func (l *flights) add(f *Flight) {
	f.prev, f.next = nil, l.head
	if l.head != nil {
		l.head.prev = f
	}
	l.head = f
}

func (l *flights) remove(f *Flight) {
	if f.prev != nil {
		f.prev.next = f.next
	} else {
		l.head = f.next
	}
	if f.next != nil {
		f.next.prev = f.prev
	}
	f.prev, f.next = nil, nil
}
