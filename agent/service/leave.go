package service

import (
	"context"
	"slices"

	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
)

// leave takes a service's traffic away from the replicas on this server: to peers that have some, or, where there are
// none, to nobody (see unroute). The world may know the service by this server's address for a while.
func (k *Keeper) leave(ctx context.Context, service string, peers []wire.PeerEndpoint, forget bool) error {
	svc, known := k.state.Service(service)
	svc.Peers, svc.Left, svc.Routed = peers, true, true
	pools := k.poolsOf(svc, nil)
	if !known || k.edge == nil || !serve(pools) {
		return k.unroute(ctx, service, forget)
	}
	if err := k.put(ctx, svc, pools); err != nil {
		return err
	}
	return k.state.PutService(svc)
}

// stayAway brings a service that has left this server to what the control plane says: nothing of it runs here, and its
// requests go to the peers, under the split of today.
func (k *Keeper) stayAway(ctx context.Context, svc state.Service, want wire.DesiredService) error {
	list, err := k.runtimes.Of(ctx, want.Service, "")
	if err != nil {
		return err
	}
	as := svc.Left && svc.Routed && svc.Split.Same(want.Split) && samePeers(svc.Peers, want.Peers)
	if as && len(list) == 0 && len(k.state.Specs(want.Service)) == 0 {
		return nil
	}
	k.log.Info("agent: following the control plane", "service", want.Service, "left to", peerServers(want.Peers))
	svc.Split = want.Split
	if err := k.state.PutService(svc); err != nil {
		return err
	}
	_, err = k.Stop(ctx, quiet, wire.Stop{
		Owner:            wire.Owner{Service: want.Service},
		DrainSeconds:     retireSeconds,
		WebSocketSeconds: retireSocketSeconds,
		GraceSeconds:     reconcileGrace,
		Remove:           true,
		Unroute:          true,
		Peers:            want.Peers,
	})
	return err
}

// giveUp takes hosts that another service gets now from those services that have left this server.
func (k *Keeper) giveUp(ctx context.Context, to string, hosts []string) error {
	for _, id := range k.state.Services() {
		svc, _ := k.state.Service(id)
		mine := func(host string) bool { return slices.Contains(svc.Hosts, host) }
		if id == to || !svc.Left || !slices.ContainsFunc(hosts, mine) {
			continue
		}
		if err := k.unroute(ctx, id, true); err != nil {
			return err
		}
		if err := k.state.DeleteService(id); err != nil {
			return err
		}
	}
	return nil
}
