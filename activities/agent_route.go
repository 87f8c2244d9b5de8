package activities

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/eventstore"
)

// route moves the traffic. What the journal answers to a repeated command was true when it was first done; meanwhile a
// reconciliation may have pointed the edge back at the split that the log still had, so a repeated call looks.
func (a *Agents) route(ctx context.Context, o Order, note func(string)) (wire.Routed, error) {
	p, split := o.Plan, o.split()
	id := o.commandID(deployment.Shift)
	routed, err := a.routeTo(ctx, p, id, split, note)
	if err != nil || !o.Repeated {
		return routed, err
	}
	seen, err := a.observe(ctx, p.Subject, p.DeploymentID, o.Release.ReleaseID, note)
	if err != nil || seen.Split.Same(split) {
		return routed, err
	}
	return a.routeTo(ctx, p, fmt.Sprintf("%s/again/%d", id, o.Call), split, note)
}

// routeTo tells the agent how the traffic is to be split.
func (a *Agents) routeTo(
	ctx context.Context, p Plan, id string, split traffic.Split, note func(string),
) (wire.Routed, error) {
	peers, err := a.peers(ctx, p.ServerID, p.Targets, p.Left, split.Releases())
	if err != nil {
		return wire.Routed{}, err
	}
	cmd := wire.Route{Owner: p.owner(p.DeploymentID), Shares: split, Hosts: p.Hosts, Peers: peers}
	return ask[wire.Routed](ctx, a, p.ServerID, id, wire.KindRoute, cmd, RouteDeadline, note)
}

// shifted records how the traffic is split, right after the edge said so: whatever dies next, the log and the edge agree. A
// rollback also freezes deployments that nobody asked for, or the next push would bring back what was just undone.
func (a *Agents) shifted(ctx context.Context, p Plan, key string, split traffic.Split) error {
	cmd := p.ref().command("traffic/" + key)
	decide := func(s *service.Service) ([]domain.Event, error) {
		events, err := s.ShiftTraffic(split, p.DeploymentID)
		if err != nil || p.Kind != deployment.Rollback {
			return events, err
		}
		frozen, err := s.Freeze(fmt.Sprintf("rolled back to release %d", p.Target.Number))
		return append(events, frozen...), err
	}
	if _, err := eventstore.Execute(ctx, a.Log, service.Stream(p.ServiceID), cmd, decide); err != nil {
		return refused(err)
	}
	if p.Kind == deployment.Place {
		return placed(ctx, a.Log, p)
	}
	return nil
}

// RouteBack splits the traffic as it was before, where the new release was not seen well. The releases before must be
// healthy first: those of the plan's previous split, in its order.
func (a *Agents) RouteBack(ctx context.Context, o Order, before []release.Created) error {
	return withHeartbeats(ctx, func(ctx context.Context, note func(string)) error { return a.routeBack(ctx, o, before, note) })
}

func (a *Agents) routeBack(ctx context.Context, o Order, before []release.Created, note func(string)) error {
	p := o.Plan
	back := fmt.Sprintf("%s/back/%d", p.DeploymentID, o.Attempt)
	for i, r := range before {
		cmd := healthCommand(p.Subject, p.DeploymentID, r, p.Hosts)
		_, err := ask[wire.Healthy](ctx, a, p.ServerID, nth(back+"/health", i), wire.KindHealth, cmd,
			healthDeadline(r.Config), note)
		if err != nil {
			return err
		}
	}
	if _, err := a.routeTo(ctx, p, back+"/route", p.Previous, note); err != nil {
		return err
	}
	return a.shifted(ctx, Plan{Subject: p.Subject, DeploymentID: p.DeploymentID}, "back", p.Previous)
}

// BackDeadline is how long an agent may take to see the releases before healthy and route to them.
func BackDeadline(before []release.Created) time.Duration {
	total := RouteDeadline
	for _, r := range before {
		total += healthDeadline(r.Config)
	}
	return total
}

// nth names the command of one of several releases, counted from 0; the first keeps the name.
func nth(command string, i int) string {
	if i == 0 {
		return command
	}
	return command + "-" + strconv.Itoa(i+1)
}

// splitText returns a split for a person: the release's id, or every one with its share.
func splitText(split traffic.Split) string {
	if len(split) == 1 {
		return split[0].ReleaseID
	}
	var shares []string
	for _, share := range split {
		shares = append(shares, share.ReleaseID+" "+traffic.Percent(share.Weight))
	}
	return strings.Join(shares, ", ")
}
