package service

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/edge/control"
)

// Drain waits until nothing is under way to a release.
func (k *Keeper) Drain(ctx context.Context, note func(string), d wire.Drain) (wire.Drained, error) {
	if k.edge == nil {
		return wire.Drained{}, errNoEdge
	}
	if d.Unroute {
		if err := k.leave(ctx, d.Owner.Service, d.Peers, false); err != nil {
			return wire.Drained{}, err
		}
	}
	note("letting requests under way finish")
	res, err := k.drain(ctx, d.Owner.Service, control.DrainRequest{
		Release:          d.Release,
		Seconds:          d.Seconds,
		WebSocketSeconds: d.WebSocketSeconds,
	})
	if err != nil {
		return wire.Drained{}, fmt.Errorf("drain release %s: %w", d.Release, err)
	}
	return wire.Drained{Cut: res.Cut, Millis: res.Millis}, nil
}

// finish lets the releases of replicas that are about to stop finish what they serve, side by side; the edge sends them
// nothing new by now. It returns how many requests outlasted the grace. What does not end even when it is cut does not
// keep the replicas: they were asked to stop.
func (k *Keeper) finish(ctx context.Context, note func(string), s wire.Stop, list []replica.Replica) (cut int, err error) {
	var releases []string
	for _, r := range list {
		releases = append(releases, r.Labels.Release)
	}
	slices.Sort(releases)
	releases = slices.Compact(releases)
	if k.edge == nil || s.DrainSeconds == 0 || len(releases) == 0 {
		return 0, nil
	}
	note("letting requests under way finish")
	results := make([]control.DrainResponse, len(releases))
	var group errgroup.Group
	for i, id := range releases {
		group.Go(func() (err error) {
			results[i], err = k.drain(ctx, s.Owner.Service, control.DrainRequest{
				Release:          id,
				Seconds:          s.DrainSeconds,
				WebSocketSeconds: s.WebSocketSeconds,
			})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		k.log.Warn("agent: stopping replicas whose requests did not finish", "service", s.Owner.Service, "error", err)
	}
	for _, r := range results {
		cut += r.Cut
	}
	return cut, ctx.Err()
}

// drain waits until nothing is under way to a release. On a server that the service has left the release still has the
// traffic that goes to peers, and only its replicas here are drained.
func (k *Keeper) drain(
	ctx context.Context, service string, req control.DrainRequest,
) (all control.DrainResponse, err error) {
	if svc, _ := k.state.Service(service); !svc.Left {
		return k.edge.Drain(ctx, service, req)
	}
	list, err := k.runtimes.Of(ctx, service, req.Release)
	if err != nil {
		return all, err
	}
	var mu sync.Mutex
	var group errgroup.Group
	for _, r := range list {
		if r.Address == "" {
			continue
		}
		one := req
		one.Endpoint = r.Address
		group.Go(func() error {
			res, err := k.edge.Drain(ctx, service, one)
			mu.Lock()
			defer mu.Unlock()
			all.Cut, all.Millis = all.Cut+res.Cut, max(all.Millis, res.Millis)
			return err
		})
	}
	return all, group.Wait()
}
