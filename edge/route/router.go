// Package route decides where a request goes and keeps count of what is under way. The table is one atomic pointer;
// a change swaps it, and a request that read the old table cannot enter a release that has left the new one: Enter
// and Drain meet at the release's own lock.
package route

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/upstream"
)

// Why a request cannot be routed.
var (
	ErrUnknownHost = errors.New("no service has this host name")
	ErrNotRunning  = errors.New("the service has no running release")
)

// ErrHostTaken refuses a host name that another service has.
var ErrHostTaken = errors.New("host name belongs to another service")

// ErrNotSaved says that the change did not happen, since it could not be made durable.
var ErrNotSaved = errors.New("the table could not be saved, and stays as it was")

// Invalid wraps what is wrong with a service that was to be put.
type Invalid struct{ Err error }

func (e Invalid) Error() string { return e.Err.Error() }
func (e Invalid) Unwrap() error { return e.Err }

// Router is the edge's table and the releases in it.
type Router struct {
	log   *slog.Logger
	save  func(control.Table) error
	table atomic.Pointer[table]

	// DialPeer opens connections to the edge of another server; set it before the first change. Nil: peers cannot be
	// reached.
	DialPeer func(service, release string, e control.Endpoint) upstream.Dial

	mu       sync.Mutex // one change at a time
	releases map[string]*Release
}

type table struct {
	hosts    map[string]*service
	services map[string]*service
}

// New makes an empty router. save must have made the table durable when it returns; a change whose table cannot be
// saved does not happen.
func New(log *slog.Logger, save func(control.Table) error) *Router {
	r := &Router{log: log, save: save, releases: map[string]*Release{}}
	r.table.Store(&table{hosts: map[string]*service{}, services: map[string]*service{}})
	return r
}

// Enter books f on the release that is to answer a request for host (a Host header, as it came).
func (r *Router) Enter(host string, f *Flight) error {
	for {
		s := r.table.Load().find(host)
		if s == nil {
			return ErrUnknownHost
		}
		rel := s.draw.next()
		if rel == nil {
			return ErrNotRunning
		}
		if rel.Enter(f) {
			return nil
		}
	}
}

// find looks up the common spelling first: it costs no allocation.
func (t *table) find(host string) *service {
	if s := t.hosts[host]; s != nil {
		return s
	}
	h, err := ParseHost(host)
	if err != nil {
		return nil
	}
	return t.hosts[h]
}

// Knows says whether a service has the host name.
func (r *Router) Knows(host string) bool { return r.table.Load().find(host) != nil }

// Put replaces a service. When it returns, every new request goes to the new pools.
func (r *Router) Put(in control.Service) error {
	s, err := normalise(in)
	if err != nil {
		return Invalid{err}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.change(s.ID, &s, r.save)
}

// Delete takes a service out of the table; one that is not there is no error.
func (r *Router) Delete(id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.table.Load().services[id] == nil {
		return nil
	}
	return r.change(id, nil, r.save)
}

// change swaps the table for one in which service id is s, or is not. The lock is held.
func (r *Router) change(id string, s *control.Service, save func(control.Table) error) error {
	old := r.table.Load()
	next := &table{hosts: maps.Clone(old.hosts), services: maps.Clone(old.services)}
	delete(next.services, id)
	maps.DeleteFunc(next.hosts, func(_ string, s *service) bool { return s.ID == id })
	entry := &service{releases: map[string]*Release{}}
	if s != nil {
		entry.Service = *s
		for _, h := range s.Hosts {
			if other := next.hosts[h]; other != nil {
				if len(other.Pools) > 0 || len(s.Pools) == 0 {
					return fmt.Errorf("%w: %s has %s", ErrHostTaken, other.ID, h)
				}
				next.yield(other, h)
			}
			next.hosts[h] = entry
		}
		next.services[id] = entry
	}
	if save != nil {
		if err := save(next.export()); err != nil {
			return fmt.Errorf("%w: %w", ErrNotSaved, err)
		}
	}
	routed := r.open(entry)
	r.table.Store(next)
	r.shut(id, entry, routed)
	return nil
}

// yield takes a host from a service that has no release to answer for it.
func (t *table) yield(from *service, host string) {
	left := &service{Service: from.Service, releases: from.releases}
	left.Hosts = slices.DeleteFunc(slices.Clone(from.Hosts), func(h string) bool { return h == host })
	t.services[from.ID] = left
	for _, h := range left.Hosts {
		t.hosts[h] = left
	}
}

// Table is what the router routes by, services ordered by id.
func (r *Router) Table() control.Table { return r.table.Load().export() }

func (t *table) export() control.Table {
	out := control.Table{Services: []control.Service{}}
	for _, id := range slices.Sorted(maps.Keys(t.services)) {
		out.Services = append(out.Services, t.services[id].Service)
	}
	return out
}
