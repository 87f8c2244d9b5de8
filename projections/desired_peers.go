package projections

import (
	"context"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/service"
)

// peerAddresses returns where the edges of the servers are reached that services run on, by server. It asks nothing where
// each of the services is and was on one server.
func (q *Queries) peerAddresses(
	ctx context.Context, org string, rows []stored[serviceRow],
) (map[string]string, error) {
	var ids []string
	for _, r := range rows {
		if len(r.doc.Placement) > 1 || len(r.doc.Left) > 0 {
			ids = append(append(ids, r.doc.Placement.Servers()...), r.doc.Left...)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	found, err := selectRows(ctx, q, organizationScope(org), servers,
		`WHERE org_id = $1 AND id = ANY($2)`, org, slices.Compact(ids))
	addresses := map[string]string{}
	for _, r := range found {
		addresses[r.doc.ID] = r.doc.PeerAddress
	}
	return addresses, err
}

// PassOnFor is how long the edge of a server passes on to a service that has left it: the world may know the service by
// the old address for as long as DNS answers are kept.
const PassOnFor = time.Hour

// place records where the service runs now, and which servers it has left.
func (s *serviceRow) place(p service.Placed, at time.Time) {
	left := map[string]time.Time{}
	for id, since := range s.LeftAt {
		if at.Sub(since) < PassOnFor && !p.Targets.Has(id) {
			left[id] = since
		}
	}
	for _, id := range s.Placement.Without(p.Targets) {
		left[id] = at
	}
	s.Placement, s.LeftAt = p.Targets, left
}

// passesOn reports whether the edge of a server that the service has left still passes on to it.
func (s serviceRow) passesOn(serverID string) bool {
	since, left := s.LeftAt[serverID]
	return left && time.Since(since) < PassOnFor
}

// peers returns the other servers that a service is placed on, with their replicas of each release that has traffic, and
// those that pass on to it.
func (s serviceRow) peers(serverID string, addresses map[string]string) []wire.PeerEndpoint {
	peers := []wire.PeerEndpoint{}
	for _, t := range s.Placement.WithReplicas(s.Replicas) {
		if t.ID == serverID {
			continue
		}
		peer := wire.PeerEndpoint{Server: t.ID, Address: addresses[t.ID]}
		for _, release := range s.Split.Releases() {
			peer.Releases = append(peer.Releases, wire.PeerRelease{Release: release, Replicas: t.Replicas})
		}
		peers = append(peers, peer)
	}
	for _, id := range s.Left {
		address, exists := addresses[id] // a server that was removed is admitted no more
		if exists && id != serverID && s.passesOn(id) {
			peers = append(peers, wire.PeerEndpoint{Server: id, Address: address})
		}
	}
	return peers
}
