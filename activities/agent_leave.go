package activities

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/deployment"
)

// leaves reports whether a plan's service leaves a server.
func (p Plan) leaves(serverID string) bool {
	return slices.ContainsFunc(p.Left, func(t Target) bool { return t.ServerID == serverID })
}

// Remove ends everything of a service on a server that it has left, or where it was not to stay: its hosts are nobody's
// there any more, and its replicas are deleted. Leave records it.
func (a *Agents) Remove(ctx context.Context, o Order) error {
	return withHeartbeats(ctx, func(ctx context.Context, note func(string)) error {
		if o.Plan.leaves(o.Plan.ServerID) {
			step := o.step(deployment.Remove)
			_, err := say(ctx, a.Log, o.Plan.ref(), step.ID+"/"+strconv.Itoa(o.Call), open(step))
			if err != nil {
				return err
			}
		}
		return a.remove(ctx, o, note)
	})
}

// heirs returns the servers to which the edge of one that the service leaves passes on what still comes, for as long as the
// world knows the service by the old address (projections.PassOnFor). There are none where the service was not to stay.
func (a *Agents) heirs(ctx context.Context, p Plan, releases []string) ([]wire.PeerEndpoint, error) {
	if !p.leaves(p.ServerID) {
		return nil, nil
	}
	return a.peers(ctx, p.ServerID, p.Targets, nil, releases)
}

func (a *Agents) remove(ctx context.Context, o Order, note func(string)) error {
	p := o.Plan
	peers, err := a.heirs(ctx, p, p.Previous.Releases())
	if err != nil {
		return err
	}
	id := fmt.Sprintf("%s/remove@%s/%d", p.DeploymentID, p.ServerID, o.Attempt)
	stop := stopCommand(p.owner(p.DeploymentID), p.Config)
	stop.Remove, stop.Unroute, stop.Peers = true, true, peers
	_, err = ask[wire.Stopped](ctx, a, p.ServerID, id, wire.KindStop, stop, StopDeadline(p.Config), note)
	return err
}
