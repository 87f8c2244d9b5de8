package service

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// strays are services that the control plane did not name, and since when.
type strays struct {
	mu sync.Mutex
	of map[string]time.Time
}

func (s *strays) known(service string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.of, service)
}

// since returns for how long a service has been a stray.
func (s *strays) since(service string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[string]time.Time{}
	}
	if s.of[service].IsZero() {
		s.of[service] = time.Now()
	}
	return time.Since(s.of[service])
}

// Reconcile brings this server to what the control plane says should be on it, and reports whether it could.
func (k *Keeper) Reconcile(ctx context.Context, want wire.Reconcile) bool {
	if k.suspended.Load() {
		return false
	}
	desired := map[string]wire.DesiredService{}
	for _, d := range want.Services {
		desired[d.Service] = d
	}
	list, err := k.runtimes.All(ctx)
	if err != nil {
		k.log.Warn("agent: cannot compare with the control plane now", "error", err)
		return false
	}
	services := k.state.Services()
	for _, r := range list {
		services = append(services, r.Labels.Service)
	}
	slices.Sort(services)
	for _, service := range slices.Compact(services) {
		unlock, free := k.locks.TryLock(service)
		if !free {
			continue // a command is at work on it
		}
		err := k.reconcileService(ctx, service, desired[service])
		unlock()
		if err != nil && ctx.Err() == nil {
			k.log.Warn("agent: a service could not be brought to what it should be; trying again later", "service", service, "error", err)
		}
	}
	k.kick()
	return true
}

// reconcileService brings one service to what it should be; the zero value says that it should not be here at all. The
// caller holds the service.
func (k *Keeper) reconcileService(ctx context.Context, service string, want wire.DesiredService) error {
	calm := min(time.Since(k.state.Touched(service)), time.Since(k.started))
	if calm < k.opts.Settle || k.opts.Owes(service) {
		return nil
	}
	if want.Service == "" {
		return k.removeService(ctx, service)
	}
	k.strays.known(service)
	svc, known := k.state.Service(service)
	if want.Stopped {
		return k.rest(ctx, svc, want)
	}
	if want.Left {
		if !known || !want.Settled || len(want.Peers) == 0 {
			return nil
		}
		return k.stayAway(ctx, svc, want)
	}
	if follow := want.Settled || !keepsAll(want, svc.Split) || !svc.Routed; follow && known && len(want.Split) > 0 {
		if !want.Settled || want.Peers == nil { // a route that is under way knows better
			want.Peers = svc.Peers
		}
		if err := k.obey(svc, want.Split, want.Peers); err != nil {
			return err
		}
	}
	return k.removeUnkept(ctx, service, want)
}

// keepsAll reports whether every release of a split is to stay.
func keepsAll(want wire.DesiredService, split traffic.Split) bool {
	for _, id := range split.Releases() {
		if !slices.Contains(want.Keep, id) {
			return false
		}
	}
	return true
}

// obey makes the releases that the control plane splits the traffic between run, and have it, together with the peers
// that run them. One that was never here cannot be started from here: the next deployment brings it.
func (k *Keeper) obey(svc state.Service, split traffic.Split, peers []wire.PeerEndpoint) error {
	startable := false
	for _, share := range split {
		spec, known := k.state.Spec(svc.ID, share.ReleaseID)
		if !known {
			startable = startable || share.Weight > 0 && len(peerEndpoints(peers, share.ReleaseID)) > 0
			continue
		}
		startable = startable || share.Weight > 0
		if spec.Running && spec.Proven {
			continue
		}
		spec.Running, spec.Proven = true, true
		if err := k.state.PutSpec(spec); err != nil {
			return err
		}
	}
	if !startable || svc.Routed && !svc.Left && svc.Split.Same(split) && samePeers(svc.Peers, peers) {
		return nil
	}
	k.log.Info("agent: following the control plane", "service", svc.ID, "split", split, "was", svc.Split,
		"peers", peerServers(peers))
	svc.Split, svc.Peers, svc.Routed, svc.Left = split, peers, true, false
	// The watcher revives what is missing and moves the edge once a replica is ready.
	return k.state.PutService(svc)
}

// rest stops what runs of a service that should not.
func (k *Keeper) rest(ctx context.Context, svc state.Service, want wire.DesiredService) error {
	_, err := k.Stop(ctx, quiet, wire.Stop{
		Owner:            wire.Owner{Service: want.Service},
		Unroute:          svc.Routed,
		DrainSeconds:     retireSeconds,
		WebSocketSeconds: retireSocketSeconds,
		GraceSeconds:     reconcileGrace,
	})
	return err
}

// removeService takes a service away that the control plane does not know.
func (k *Keeper) removeService(ctx context.Context, service string) error {
	if k.strays.since(service) < k.opts.Settle {
		return nil // a read model that is being rebuilt must not cost a service
	}
	k.log.Info("agent: removing a service that should not be here", "service", service)
	_, err := k.Stop(ctx, quiet, wire.Stop{
		Owner:            wire.Owner{Service: service},
		DrainSeconds:     retireSeconds,
		WebSocketSeconds: retireSocketSeconds,
		GraceSeconds:     reconcileGrace,
		Remove:           true,
		Unroute:          true,
	})
	if err == nil {
		k.strays.known(service)
	}
	return err
}

// removeUnkept takes releases away that nothing needs any more.
func (k *Keeper) removeUnkept(ctx context.Context, service string, want wire.DesiredService) error {
	keep := append(slices.Clone(want.Keep), want.Split.Releases()...)
	if svc, known := k.state.Service(service); known && svc.Routed {
		keep = append(keep, svc.Split.Releases()...) // never what has traffic
	}
	list, err := k.runtimes.Of(ctx, service, "")
	if err != nil {
		return err
	}
	var gone []string
	for _, r := range list {
		gone = append(gone, r.Labels.Release)
	}
	for _, spec := range k.state.Specs(service) {
		gone = append(gone, spec.Start.Release)
	}
	slices.Sort(gone)
	gone = slices.DeleteFunc(slices.Compact(gone), func(release string) bool {
		spec, known := k.state.Spec(service, release)
		return slices.Contains(keep, release) || (known && time.Since(spec.At) < k.opts.Settle)
	})
	if len(gone) == 0 {
		return nil
	}
	k.log.Info("agent: removing releases that nothing needs any more", "service", service, "releases", gone)
	_, err = k.Stop(ctx, quiet, wire.Stop{
		Owner:            wire.Owner{Service: service},
		Releases:         gone,
		DrainSeconds:     retireSeconds,
		WebSocketSeconds: retireSocketSeconds,
		GraceSeconds:     reconcileGrace,
		Remove:           true,
	})
	return err
}

// reconcileGrace is what replicas get that no command ends, in seconds.
const reconcileGrace = 10

func quiet(string) {}
