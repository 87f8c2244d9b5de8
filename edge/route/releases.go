package route

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/upstream"
)

// remember is how long a release's measurements stay readable after it has left the table.
const remember = time.Hour

// open prepares the releases of a service that is about to be routed, and the draw between them.
func (r *Router) open(s *service) (routed map[string]bool) {
	routed = map[string]bool{}
	for _, p := range s.Pools {
		rel := r.release(s, p.Release)
		rel.update(p, func(e control.Endpoint) *upstream.Upstream {
			log := r.log.With("service", s.ID, "release", p.Release)
			if e.Protocol == control.Peer {
				return upstream.NewOver(e.Address, r.dialPeer(s.ID, p.Release, e), log)
			}
			return upstream.New(e.Address, log)
		})
		s.releases[p.Release] = rel
		rel.watch(p.Health)
		if takesTraffic(p) {
			rel.setRouted(true, time.Now())
			routed[p.Release] = true
			s.draw.add(rel, p.Weight)
		}
	}
	for _, rel := range r.releases {
		if rel.Service == s.ID && s.releases[rel.ID] == nil && len(s.Peers) > 0 && rel.staysForPeers() {
			s.releases[rel.ID] = rel
		}
	}
	return routed
}

// shut closes the doors of the service's releases that take no traffic any more, and forgets those long gone.
func (r *Router) shut(id string, s *service, routed map[string]bool) {
	now := time.Now()
	for key, rel := range r.releases {
		if rel.Service == id && !routed[rel.ID] {
			rel.setRouted(false, now)
			switch {
			case slices.ContainsFunc(s.Pools, func(p control.Pool) bool { return p.Release == rel.ID }):
			case s.releases[rel.ID] != nil:
				rel.stayForPeers()
			default:
				rel.update(control.Pool{}, nil)
			}
		}
		if rel.forgettable(now) {
			delete(r.releases, key)
		}
	}
}

func (r *Router) release(s *service, id string) *Release {
	key := s.ID + "/" + id
	rel := r.releases[key]
	if rel == nil {
		rel = &Release{Service: s.ID, ID: id, Organization: s.Organization, Project: s.Project}
		r.releases[key] = rel
	}
	return rel
}

func (r *Release) forgettable(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.routed && len(r.targets) == 0 && r.plain+r.sockets == 0 && !r.leftAt.IsZero() && now.Sub(r.leftAt) > remember
}

// Release finds a release by service and id; nil if the edge has never heard of it, or no longer remembers.
func (r *Router) Release(service, id string) *Release {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.releases[service+"/"+id]
}

// Releases are all that the edge remembers, by service and id.
func (r *Router) Releases() []*Release {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.releases), func(a, b *Release) int {
		return strings.Compare(a.Service+"/"+a.ID, b.Service+"/"+b.ID)
	})
}
