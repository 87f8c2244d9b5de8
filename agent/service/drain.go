package service

import (
	"context"
	"fmt"
	"slices"

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
		if err := k.unroute(ctx, d.Owner.Service, false); err != nil {
			return wire.Drained{}, err
		}
	}
	note("letting requests under way finish")
	res, err := k.edge.Drain(ctx, d.Owner.Service, control.DrainRequest{Release: d.Release, Seconds: d.Seconds, WebSocketSeconds: d.WebSocketSeconds})
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
			results[i], err = k.edge.Drain(ctx, s.Owner.Service, control.DrainRequest{
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
