package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/edge/control"
)

// Stop ends releases' replicas, and removes them if asked. They finish first what they serve.
func (k *Keeper) Stop(ctx context.Context, note func(string), s wire.Stop) (wire.Stopped, error) {
	service := s.Owner.Service
	if s.Unroute {
		if err := k.leave(ctx, service, s.Peers, s.Remove); err != nil {
			return wire.Stopped{}, err
		}
	}
	wanted := func(release string) bool { return len(s.Releases) == 0 || slices.Contains(s.Releases, release) }
	// First the intent, so that nothing revives what is being stopped, even after a crash.
	for _, spec := range k.state.Specs(service) {
		if !wanted(spec.Start.Release) || !spec.Running {
			continue
		}
		spec.Running = false
		if err := k.state.PutSpec(spec); err != nil {
			return wire.Stopped{}, err
		}
	}
	list, err := k.runtimes.Of(ctx, service, "")
	if err != nil {
		return wire.Stopped{}, err
	}
	list = slices.DeleteFunc(list, func(r replica.Replica) bool { return !wanted(r.Labels.Release) })
	if err := k.detach(ctx, service, wanted); err != nil {
		return wire.Stopped{}, err
	}
	cut, err := k.finish(ctx, note, s, list)
	if err != nil {
		return wire.Stopped{}, err
	}
	note(fmt.Sprintf("stopping %d replicas", len(list)))
	names, err := k.halt(ctx, list, time.Duration(s.GraceSeconds)*time.Second, s.Remove)
	if err != nil {
		return wire.Stopped{}, err
	}
	if s.Remove {
		if err := k.forgetReleases(service, wanted); err != nil {
			return wire.Stopped{}, err
		}
		if svc, _ := k.state.Service(service); len(s.Releases) == 0 && s.Unroute && !svc.Left {
			if err := k.state.DeleteService(service); err != nil {
				return wire.Stopped{}, err
			}
		}
	}
	return wire.Stopped{Names: names, Cut: cut}, nil
}

// detach takes releases that are about to stop out of the edge's table, whatever the agent remembers: the edge must never
// point at replicas that are stopped.
func (k *Keeper) detach(ctx context.Context, service string, wanted func(release string) bool) error {
	if k.edge == nil {
		return nil
	}
	entry, err := k.routed(ctx, service)
	if err != nil || entry == nil {
		return err
	}
	var stays []control.Pool
	changed := false
	for _, p := range entry.Pools {
		if wanted(p.Release) && len(p.LocalAddresses()) > 0 {
			changed = true
			p.Endpoints = slices.DeleteFunc(p.Endpoints, func(e control.Endpoint) bool { return e.Protocol != control.Peer })
		}
		if wanted(p.Release) && len(p.Endpoints) == 0 {
			changed = true
			continue
		}
		stays = append(stays, p)
	}
	if !changed {
		return nil
	}
	k.log.Warn("agent: the edge still pointed at releases that are stopped", "service", service, "pools", entry.Pools)
	entry.Pools = stays
	ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
	defer cancel()
	if err := k.edge.PutService(ctx, *entry); err != nil {
		return fmt.Errorf("take what is stopped off the edge: %w", err)
	}
	return nil
}

func (k *Keeper) forgetReleases(service string, wanted func(release string) bool) error {
	for _, spec := range k.state.Specs(service) {
		if !wanted(spec.Start.Release) {
			continue
		}
		if err := k.state.DeleteSpec(service, spec.Start.Release); err != nil {
			return err
		}
	}
	return nil
}
