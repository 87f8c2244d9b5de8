package service

import (
	"cmp"
	"slices"

	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/edge/control"
)

// poolsOf returns a pool for each share of a service's traffic, in the order of the split: of ready replicas here, and of
// the peers that have some. A release without either keeps its weight in a pool without endpoints: meanwhile the edge
// gives its share to the others.
func (k *Keeper) poolsOf(svc state.Service, list []replica.Replica) []control.Pool {
	if svc.Left {
		list = nil
	}
	pools := make([]control.Pool, 0, len(svc.Split))
	for _, share := range svc.Split {
		pools = append(pools, control.Pool{
			Release:   share.ReleaseID,
			Weight:    share.Weight,
			Endpoints: append(control.Local(k.readyOf(list, share.ReleaseID)...), peerEndpoints(svc.Peers, share.ReleaseID)...),
			Health:    k.liveness(svc.ID, share.ReleaseID),
		})
	}
	return pools
}

// readyOf returns the addresses of a release's ready replicas, in order.
func (k *Keeper) readyOf(list []replica.Replica, release string) []string {
	upstreams := []string{}
	for _, r := range list {
		if r.Labels.Release == release && k.readies.is(r.Instance) {
			upstreams = append(upstreams, r.Address)
		}
	}
	slices.Sort(upstreams)
	return upstreams
}

// serve reports whether any of the pools can answer a request.
func serve(pools []control.Pool) bool {
	return slices.ContainsFunc(pools, func(p control.Pool) bool { return p.Weight > 0 && len(p.Endpoints) > 0 })
}

// splitOf returns how the edge splits a service's traffic; nil where it has no route for it.
func splitOf(entry *control.Service) traffic.Split {
	if entry == nil {
		return nil
	}
	var split traffic.Split
	for _, p := range entry.Pools {
		split = append(split, traffic.Share{ReleaseID: p.Release, Weight: p.Weight})
	}
	return split
}

// routesTo reports whether the edge has exactly these pools, and the hosts and peers, for a service.
func routesTo(entry *control.Service, svc state.Service, pools []control.Pool) bool {
	return entry != nil && slices.EqualFunc(entry.Pools, pools, samePool) &&
		sameNames(entry.Hosts, svc.Hosts) && sameNames(entry.Peers, peerServers(svc.Peers))
}

func samePool(a, b control.Pool) bool {
	return a.Release == b.Release && a.Weight == b.Weight && sameEndpoints(a.Endpoints, b.Endpoints)
}

func sameEndpoints(a, b []control.Endpoint) bool {
	byID := func(x, y control.Endpoint) int { return cmp.Compare(x.ID, y.ID) }
	return slices.Equal(slices.SortedFunc(slices.Values(a), byID), slices.SortedFunc(slices.Values(b), byID))
}

func sameNames(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
