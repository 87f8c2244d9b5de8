package workflows

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/traffic"
	"go.temporal.io/sdk/workflow"
)

// How long a deployment that has failed tries to reach the agent once more. What it leaves undone, the agent does when
// it compares what runs with what should.
const (
	backPatience    = time.Minute
	abandonPatience = 20 * time.Second
)

// giveBack gives the traffic back from a release that was not seen well, and says where the traffic is.
func (d *deploymentRun) giveBack(ctx workflow.Context, f activities.Failure) activities.Failure {
	if f.Code == codeAgentLost {
		f.Reason += fmt.Sprintf("; release %d had been given the traffic before, and was not seen since", d.made.Number)
		return f
	}
	f.Code = codeNotVerified
	said, _ := d.routeBack(ctx, d.switching)
	f.Reason += "; " + said
	return f
}

// keepsTraffic completes the end of a deployment that was interrupted after the shift: it is not taken back any more.
func (d *deploymentRun) keepsTraffic(end *activities.End) {
	if end.Status == deployment.StatusCancelled {
		end.Status = deployment.StatusFailed
		end.Failure = activities.Failure{Code: codeInterrupted, Reason: "the deployment was interrupted after it had moved the traffic"}
	}
	end.Reason += fmt.Sprintf("; release %d takes the traffic", d.made.Number)
}

// lookAtTraffic completes the end of a deployment whose switch had no good outcome. Once traffic moves, the edge
// may point at the new release although the agent gave no answer: then the traffic is given back. Where that
// cannot be, or the edge cannot be asked, the end is a failure that says so.
func (d *deploymentRun) lookAtTraffic(ctx workflow.Context, end *activities.End) {
	var begun bool
	err := workflow.ExecuteActivity(withLogOptions(ctx, "has traffic begun to move?"), facts.TrafficBegun, d.ref).Get(ctx, &begun)
	if err == nil && !begun {
		return
	}
	moved, err := d.moved(ctx)
	if err == nil && len(moved) == 0 {
		return
	}
	said, settled := "", false
	if len(moved) > 0 {
		said, settled = d.routeBack(ctx, moved)
		said = fmt.Sprintf("the edge pointed at release %d all the same; %s", d.made.Number, said)
	}
	if err != nil {
		unknown := fmt.Sprintf("it is not known whether release %d takes the traffic (%s): "+
			"its replicas are left to the agent's reconciliation", d.made.Number, err)
		said, settled = strings.TrimPrefix(said+"; "+unknown, "; "), false
	}
	switch {
	case end.Status == deployment.StatusFailed:
		end.Reason += "; " + said
	case !settled:
		end.Status = deployment.StatusFailed
		end.Failure = activities.Failure{
			Code: codeInterrupted, Reason: "the deployment was interrupted while it moved the traffic; " + said,
		}
	}
}

// moved returns the servers whose edges point at the new release, of those that were asked to move the traffic. The error
// is that of the last one that could not be asked.
func (d *deploymentRun) moved(ctx workflow.Context) (servers []string, err error) {
	for _, id := range d.switching {
		split, lookErr := d.traffic(ctx, id)
		if lookErr != nil {
			err = lookErr
		} else if split.Has(d.made.ReleaseID) {
			servers = append(servers, id)
		}
	}
	return servers, err
}

// traffic asks a server's agent how its edge splits the traffic.
func (d *deploymentRun) traffic(ctx workflow.Context, serverID string) (traffic.Split, error) {
	agent := d.agentOf(serverID)
	if err := agent.locate(ctx); err != nil {
		return nil, err
	}
	if !agent.location.Online {
		return nil, errors.New("the agent is offline")
	}
	agent.patience, agent.wait = abandonPatience, nil
	var seen activities.Traffic
	err := agent.do(ctx, activities.RouteDeadline+time.Minute, "where does the edge point?",
		agents.LookAtTraffic, d.input(serverID), &seen)
	return seen.Split, err
}

// routeBack splits the traffic on servers as it was before. It returns where the traffic is, for a person, and whether it is
// as it was.
func (d *deploymentRun) routeBack(ctx workflow.Context, servers []string) (said string, done bool) {
	if len(d.plan.Previous.Leaving(traffic.All(d.made.ReleaseID))) == 0 {
		return "there is no other release to give the traffic to", false
	}
	var before []release.Created
	read := withLogOptions(ctx, "read the releases before")
	err := workflow.ExecuteActivity(read, facts.LoadReleases, d.plan.Previous.Releases()).Get(ctx, &before)
	if err == nil {
		err = d.routeBackTo(ctx, servers, before)
	}
	if err != nil {
		return fmt.Sprintf("the traffic is still on release %d, as it could not be given back: %s", d.made.Number, err), false
	}
	if len(before) == 1 {
		return fmt.Sprintf("release %d takes the traffic again", before[0].Number), true
	}
	return "the traffic is split as before: " + shares(d.plan.Previous, before), true
}

// routeBackTo gives the traffic to the releases before on every server, and returns the last error.
func (d *deploymentRun) routeBackTo(ctx workflow.Context, servers []string, before []release.Created) (err error) {
	for _, id := range servers {
		agent := d.agentOf(id)
		agent.patience = backPatience
		backErr := agent.do(ctx, activities.BackDeadline(before)+time.Minute, "give the traffic back", agents.RouteBack,
			func() []any { return []any{d.order(id), before} }, nil)
		if backErr != nil {
			err = backErr
		}
	}
	return err
}

// shares returns a split by the numbers of its releases, for a person.
func shares(split traffic.Split, releases []release.Created) string {
	var out []string
	for _, r := range releases {
		out = append(out, fmt.Sprintf("release %d %s", r.Number, traffic.Percent(split.Weight(r.ReleaseID))))
	}
	return strings.Join(out, ", ")
}

// abandon removes the replicas of a release that was started and not kept, on every server.
func (d *deploymentRun) abandon(ctx workflow.Context, out *activities.Ended) error {
	if d.made == nil || out.Status == deployment.StatusSucceeded {
		return nil
	}
	servers := d.reached()
	removed := false
	for i, id := range servers {
		agent := d.agentOf(id)
		if err := agent.locate(ctx); err != nil {
			return err
		}
		if !agent.location.Online {
			continue
		}
		agent.patience, agent.wait = abandonPatience, nil
		atMost := activities.StopDeadline(d.made.Config) + activities.RouteDeadline + time.Minute
		err := agent.do(ctx, atMost, "remove what was started", agents.Abandon, func() []any {
			o := d.order(id)
			o.Last = i == len(servers)-1
			return []any{o}
		}, nil)
		if err != nil {
			workflow.GetLogger(ctx).Warn("left to the agent's reconciliation: replicas of a release that was not kept",
				"release", d.made.ReleaseID, "server", id, "error", err)
		}
		removed = removed || err == nil
	}
	if !removed {
		return nil
	}
	return workflow.ExecuteActivity(withLogOptions(ctx, "what is kept"), facts.LoadKept, d.ref).Get(ctx, out)
}
