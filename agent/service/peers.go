package service

import (
	"cmp"
	"slices"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/edge/control"
)

// peerEndpoints are the edges of other servers that have replicas of a release.
func peerEndpoints(peers []wire.PeerEndpoint, release string) []control.Endpoint {
	var out []control.Endpoint
	for _, p := range peers {
		i := slices.IndexFunc(p.Releases, func(r wire.PeerRelease) bool { return r.Release == release && r.Replicas > 0 })
		if i < 0 || p.Address == "" {
			continue
		}
		out = append(out, control.Endpoint{
			ID:       p.Server,
			Address:  p.Address,
			Server:   p.Server,
			Zone:     p.Zone,
			Protocol: control.Peer,
			State:    control.Active,
			Replicas: p.Releases[i].Replicas,
		})
	}
	return out
}

// peerServers are the servers whose edges may send a service's requests here.
func peerServers(peers []wire.PeerEndpoint) []string {
	var out []string
	for _, p := range peers {
		out = append(out, p.Server)
	}
	return out
}

// samePeers reports whether two lists say the same, in whatever order.
func samePeers(a, b []wire.PeerEndpoint) bool {
	byServer := func(x, y wire.PeerEndpoint) int { return cmp.Compare(x.Server, y.Server) }
	byRelease := func(x, y wire.PeerRelease) int { return cmp.Compare(x.Release, y.Release) }
	same := func(x, y wire.PeerEndpoint) bool {
		return x.Server == y.Server && x.Address == y.Address && x.Zone == y.Zone && slices.Equal(
			slices.SortedFunc(slices.Values(x.Releases), byRelease), slices.SortedFunc(slices.Values(y.Releases), byRelease))
	}
	return slices.EqualFunc(slices.SortedFunc(slices.Values(a), byServer), slices.SortedFunc(slices.Values(b), byServer), same)
}

// peersOf returns the peers in an edge's entry of a service: peerEndpoints and peerServers backwards.
func peersOf(entry *control.Service) []wire.PeerEndpoint {
	var out []wire.PeerEndpoint
	at := func(server string) *wire.PeerEndpoint {
		i := slices.IndexFunc(out, func(p wire.PeerEndpoint) bool { return p.Server == server })
		if i < 0 {
			out, i = append(out, wire.PeerEndpoint{Server: server}), len(out)
		}
		return &out[i]
	}
	for _, server := range entry.Peers {
		at(server)
	}
	for _, pool := range entry.Pools {
		for _, e := range pool.Endpoints {
			if e.Protocol == control.Peer {
				p := at(e.Server)
				p.Address, p.Zone = e.Address, e.Zone
				p.Releases = append(p.Releases, wire.PeerRelease{Release: pool.Release, Replicas: e.Replicas})
			}
		}
	}
	return out
}
