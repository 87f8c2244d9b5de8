package route

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/edge/control"
)

// ErrRouted refuses to drain what still takes traffic.
var ErrRouted = errors.New("it still takes traffic: route the service elsewhere first")

// cutGrace bounds how long cut requests may take to notice that they are cut.
const cutGrace = 15 * time.Second

// Grace says how long a drain waits before it cuts.
type Grace struct{ Plain, Sockets time.Duration }

// Drain waits until nothing of the release (or, with an endpoint's id, of that one) is under way, cuts what outlasts
// its grace, and returns how much that was. When it returns nil it is safe to stop the release. It fails with
// ErrRouted if the release takes traffic (again), and with the context's error, having cut nothing more, if the
// caller goes away.
func (r *Release) Drain(ctx context.Context, endpoint string, g Grace) (cut int, err error) {
	plain := time.NewTimer(max(g.Plain, 0))
	defer plain.Stop()
	sockets := time.NewTimer(max(g.Sockets, 0))
	defer sockets.Stop()
	// A release can be routed again without any counter falling: look now and then.
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	var last <-chan time.Time
	cutPlain, cutSockets := false, false
	for {
		done, changed, err := r.quiet(endpoint)
		if done && endpoint == "" {
			r.left()
		}
		if done || err != nil {
			return cut, err
		}
		if cutPlain || cutSockets {
			cut += r.abort(endpoint, cutPlain, cutSockets)
			if last == nil && cutPlain && cutSockets {
				last = time.After(cutGrace)
			}
		}
		select {
		case <-ctx.Done():
			return cut, context.Cause(ctx)
		case <-plain.C:
			cutPlain = true
		case <-sockets.C:
			cutSockets = true
		case <-changed:
		case <-look.C:
		case <-last:
			return cut, fmt.Errorf("release %s: %d requests were cut and still did not end within %s", r.ID, cut, cutGrace)
		}
	}
}

// quiet says whether nothing is under way; if something is, it answers a channel that closes at the next change.
func (r *Release) quiet(endpoint string) (done bool, changed <-chan struct{}, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.takes(endpoint) {
		return false, nil, ErrRouted
	}
	if endpoint == "" {
		r.drained = true
	}
	busy := r.plain + r.sockets
	if endpoint != "" {
		busy = 0
		for f := r.flights.head; f != nil; f = f.next {
			if f.target.ID == endpoint {
				busy++
			}
		}
	}
	if busy == 0 {
		return true, nil, nil
	}
	if r.idle == nil {
		r.idle = make(chan struct{})
	}
	return false, r.idle, nil
}

// takes reports whether new requests can reach the release, or that endpoint of it. The lock is held.
func (r *Release) takes(endpoint string) bool {
	if !r.routed {
		return false
	}
	if endpoint == "" {
		return true
	}
	for _, t := range r.targets {
		if t.ID == endpoint && t.State == control.Active {
			return true
		}
	}
	return false
}

// abort cuts the flights of the kinds given that were not cut yet. It runs under the lock, which Leave needs too: no
// Abort comes after its flight's end.
func (r *Release) abort(endpoint string, plain, sockets bool) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for f := r.flights.head; f != nil; f = f.next {
		if f.cut || (f.socket && !sockets) || (!f.socket && !plain) || (endpoint != "" && f.target.ID != endpoint) {
			continue
		}
		f.cut = true
		n++
		if f.Abort != nil {
			f.Abort()
		}
	}
	return n
}
