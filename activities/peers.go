package activities

import (
	"context"
	"fmt"

	"github.com/syntra-dev/syntra/agent/wire"
)

// peers returns the other servers of a service, as the edge of one server is to know them: the targets with their
// replicas of the releases, and the servers that the service leaves, whose edges may still send requests. Where an edge
// is reached is asked anew for each route, as a server may have come back at another address.
func (a *Agents) peers(
	ctx context.Context, serverID string, targets, left []Target, releases []string,
) ([]wire.PeerEndpoint, error) {
	var peers []wire.PeerEndpoint
	add := func(t Target, releases []string) error {
		if t.ServerID == serverID {
			return nil
		}
		at, err := a.Locate(ctx, t.ServerID)
		if err != nil {
			return fmt.Errorf("find the edge of server %s: %w", t.ServerID, err)
		}
		peer := wire.PeerEndpoint{Server: t.ServerID, Address: at.PeerAddress}
		for _, id := range releases {
			peer.Releases = append(peer.Releases, wire.PeerRelease{Release: id, Replicas: t.Replicas})
		}
		peers = append(peers, peer)
		return nil
	}
	for _, t := range targets {
		if err := add(t, releases); err != nil {
			return nil, err
		}
	}
	for _, t := range left {
		if err := add(t, nil); err != nil {
			return nil, err
		}
	}
	return peers, nil
}
