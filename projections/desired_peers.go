package projections

import (
	"context"
	"slices"

	"github.com/syntra-dev/syntra/agent/wire"
)

// peerAddresses returns where the edges of the servers are reached that services run on, by server. It asks nothing where
// each of the services is on one server.
func (q *Queries) peerAddresses(
	ctx context.Context, org string, rows []stored[serviceRow],
) (map[string]string, error) {
	var ids []string
	for _, r := range rows {
		if len(r.doc.Placement) > 1 {
			ids = append(ids, r.doc.Placement.Servers()...)
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

// peers returns the other servers that a service is placed on, with their replicas of each release that has traffic.
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
	return peers
}
