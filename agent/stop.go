package agent

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/edge/control"
)

// drain waits until nothing is under way to a release.
func (a *Agent) drain(ctx context.Context, t *task, d wire.Drain) (wire.Drained, error) {
	if a.opts.Edge == nil {
		return wire.Drained{}, errNoEdge
	}
	if d.Unroute {
		if err := a.unroute(ctx, d.Owner.Service, false); err != nil {
			return wire.Drained{}, err
		}
	}
	t.note("letting requests under way finish")
	res, err := a.opts.Edge.Drain(ctx, d.Owner.Service, control.DrainRequest{Release: d.Release, Seconds: d.Seconds, WebSocketSeconds: d.WebSocketSeconds})
	if err != nil {
		return wire.Drained{}, fmt.Errorf("drain release %s: %w", d.Release, err)
	}
	return wire.Drained{Cut: res.Cut, Millis: res.Millis}, nil
}

// stop ends releases' replicas, and removes them if asked.
func (a *Agent) stop(ctx context.Context, t *task, s wire.Stop) (wire.Stopped, error) {
	service := s.Owner.Service
	if s.Unroute {
		if err := a.unroute(ctx, service, s.Remove); err != nil {
			return wire.Stopped{}, err
		}
	}
	wanted := func(release string) bool { return len(s.Releases) == 0 || slices.Contains(s.Releases, release) }
	// First the intent, so that nothing revives what is being stopped, even after a crash.
	for _, spec := range a.state.Specs(service) {
		if !wanted(spec.Start.Release) || !spec.Running {
			continue
		}
		spec.Running = false
		if err := a.state.PutSpec(spec); err != nil {
			return wire.Stopped{}, err
		}
	}
	list, err := a.replicasOf(ctx, service, "")
	if err != nil {
		return wire.Stopped{}, err
	}
	list = slices.DeleteFunc(list, func(r replica) bool { return !wanted(r.Labels.Release) })
	if err := a.detach(ctx, service, wanted); err != nil {
		return wire.Stopped{}, err
	}
	t.note(fmt.Sprintf("stopping %d replicas", len(list)))
	names, err := a.halt(ctx, list, time.Duration(s.GraceSeconds)*time.Second, s.Remove)
	if err != nil {
		return wire.Stopped{}, err
	}
	if s.Remove {
		if err := a.forgetReleases(service, wanted); err != nil {
			return wire.Stopped{}, err
		}
		if len(s.Releases) == 0 && s.Unroute {
			if err := a.state.DeleteService(service); err != nil {
				return wire.Stopped{}, err
			}
		}
	}
	return wire.Stopped{Names: names}, nil
}

// detach takes releases that are about to stop out of the edge's table, whatever the agent remembers: the edge must never
// point at replicas that are stopped.
func (a *Agent) detach(ctx context.Context, service string, wanted func(release string) bool) error {
	if a.opts.Edge == nil {
		return nil
	}
	entry, err := a.routed(ctx, service)
	if err != nil || entry == nil {
		return err
	}
	stays := slices.DeleteFunc(slices.Clone(entry.Pools), func(p control.Pool) bool { return wanted(p.Release) })
	if len(stays) == len(entry.Pools) {
		return nil
	}
	a.log.Warn("agent: the edge still pointed at releases that are stopped", "service", service, "pools", entry.Pools)
	entry.Pools = stays
	ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
	defer cancel()
	if err := a.opts.Edge.PutService(ctx, *entry); err != nil {
		return fmt.Errorf("take what is stopped off the edge: %w", err)
	}
	return nil
}

func (a *Agent) forgetReleases(service string, wanted func(release string) bool) error {
	for _, spec := range a.state.Specs(service) {
		if !wanted(spec.Start.Release) {
			continue
		}
		if err := a.state.DeleteSpec(service, spec.Start.Release); err != nil {
			return err
		}
	}
	return nil
}
