package route

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/upstream"
)

// ErrNotHere says that no replica on this server may get a release's requests.
var ErrNotHere = errors.New("no replica of the release takes requests here")

// EnterFromPeer books f on a release that the edge of another server has chosen. Its weight here does not matter: tables
// change on one server after the other. It goes to a replica on this server or nowhere; and nowhere once the release has
// been drained.
func (r *Router) EnterFromPeer(service, release string, f *Flight) error {
	s := r.table.Load().services[service]
	if s == nil || s.releases[release] == nil {
		return ErrNotHere
	}
	rel := s.releases[release]
	rel.mu.Lock()
	defer rel.mu.Unlock()
	if rel.drained || !rel.book(f, true) {
		return ErrNotHere
	}
	return nil
}

// Serves reports whether EnterFromPeer would find a replica that answers.
func (r *Router) Serves(service, release string) bool {
	s := r.table.Load().services[service]
	if s == nil || s.releases[release] == nil {
		return false
	}
	rel := s.releases[release]
	rel.mu.Lock()
	defer rel.mu.Unlock()
	return !rel.drained && slices.ContainsFunc(rel.targets, func(t *target) bool { return t.share(true) > 0 && !t.up.Down() })
}

// Admits reports whether another server may send a service's requests here.
func (r *Router) Admits(service, server string) bool {
	s := r.table.Load().services[service]
	return s != nil && slices.Contains(s.Peers, server)
}

// AdmitsAny reports whether another server may send any service's requests here.
func (r *Router) AdmitsAny(server string) bool {
	for _, s := range r.table.Load().services {
		if slices.Contains(s.Peers, server) {
			return true
		}
	}
	return false
}

func (r *Router) dialPeer(service, release string, e control.Endpoint) upstream.Dial {
	if r.DialPeer != nil {
		return r.DialPeer(service, release, e)
	}
	return func(context.Context) (upstream.Stream, error) {
		return upstream.Stream{}, fmt.Errorf("%w: this edge has no link to other servers", upstream.ErrNotReceived)
	}
}
