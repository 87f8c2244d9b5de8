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
func (d *deploying) giveBack(ctx workflow.Context, f activities.Failure) activities.Failure {
	if f.Code == codeAgentLost {
		f.Reason += fmt.Sprintf("; release %d had been given the traffic before, and was not seen since", d.made.Number)
		return f
	}
	f.Code = codeNotVerified
	said, _ := d.routeBack(ctx)
	f.Reason += "; " + said
	return f
}

// keepsTraffic completes the end of a deployment that was interrupted after the shift: it is not taken back any more.
func (d *deploying) keepsTraffic(end *activities.End) {
	if end.Status == deployment.StatusCancelled {
		end.Status = deployment.StatusFailed
		end.Failure = activities.Failure{Code: codeInterrupted, Reason: "the deployment was interrupted after it had moved the traffic"}
	}
	end.Reason += fmt.Sprintf("; release %d takes the traffic", d.made.Number)
}

// lookAtTraffic completes the end of a deployment whose switch had no good outcome. Once traffic moves, the edge
// may point at the new release although the agent gave no answer: then the traffic is given back. Where that
// cannot be, or the edge cannot be asked, the end is a failure that says so.
func (d *deploying) lookAtTraffic(ctx workflow.Context, end *activities.End) {
	var begun bool
	err := workflow.ExecuteActivity(quick(ctx, "has traffic begun to move?"), facts.TrafficBegun, d.ref).Get(ctx, &begun)
	if err == nil && !begun {
		return
	}
	said, settled := "", false
	switch at, err := d.traffic(ctx); {
	case err != nil:
		said = fmt.Sprintf("it is not known whether release %d takes the traffic (%s): "+
			"its replicas are left to the agent's reconciliation", d.made.Number, err)
	case !at.Has(d.made.ReleaseID):
		return
	default:
		said, settled = d.routeBack(ctx)
		said = fmt.Sprintf("the edge pointed at release %d all the same; %s", d.made.Number, said)
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

// traffic asks the agent how the edge splits the traffic.
func (d *deploying) traffic(ctx workflow.Context) (traffic.Split, error) {
	if err := d.agent.locate(ctx); err != nil {
		return nil, err
	}
	if !d.agent.location.Online {
		return nil, errors.New("the agent is offline")
	}
	d.agent.patience, d.agent.wait = abandonPatience, nil
	var seen activities.Traffic
	err := d.agent.do(ctx, activities.RouteDeadline+time.Minute, "where does the edge point?",
		agents.LookAtTraffic, d.input, &seen)
	return seen.Split, err
}

// routeBack splits the traffic as it was before. It returns where the traffic is, for a person, and whether it is as it was.
func (d *deploying) routeBack(ctx workflow.Context) (said string, done bool) {
	if len(d.plan.Previous.Leaving(traffic.All(d.made.ReleaseID))) == 0 {
		return "there is no other release to give the traffic to", false
	}
	var before []release.Created
	read := quick(ctx, "read the releases before")
	err := workflow.ExecuteActivity(read, facts.LoadReleases, d.plan.Previous.Releases()).Get(ctx, &before)
	if err == nil {
		d.agent.patience = backPatience
		err = d.agent.do(ctx, activities.BackDeadline(before)+time.Minute, "give the traffic back", agents.RouteBack,
			func() []any { return []any{d.order(), before} }, nil)
	}
	if err != nil {
		return fmt.Sprintf("the traffic is still on release %d, as it could not be given back: %s", d.made.Number, err), false
	}
	if len(before) == 1 {
		return fmt.Sprintf("release %d takes the traffic again", before[0].Number), true
	}
	return "the traffic is split as before: " + shares(d.plan.Previous, before), true
}

// shares returns a split by the numbers of its releases, for a person.
func shares(split traffic.Split, releases []release.Created) string {
	var out []string
	for _, r := range releases {
		out = append(out, fmt.Sprintf("release %d %s", r.Number, traffic.Percent(split.Weight(r.ReleaseID))))
	}
	return strings.Join(out, ", ")
}

// abandon removes the replicas of a release that was started and not kept.
func (d *deploying) abandon(ctx workflow.Context, out *activities.Ended) error {
	if d.made == nil || d.agent == nil || !d.agent.reached || out.Status == deployment.StatusSucceeded {
		return nil
	}
	if err := d.agent.locate(ctx); err != nil || !d.agent.location.Online {
		return err
	}
	d.agent.patience, d.agent.wait = abandonPatience, nil
	atMost := activities.StopDeadline(d.made.Config) + activities.RouteDeadline + time.Minute
	err := d.agent.do(ctx, atMost, "remove what was started", agents.Abandon, d.input, nil)
	if err != nil {
		workflow.GetLogger(ctx).Warn("left to the agent's reconciliation: replicas of a release that was not kept",
			"release", d.made.ReleaseID, "error", err)
		return nil
	}
	return workflow.ExecuteActivity(quick(ctx, "what is kept"), facts.LoadKept, d.ref).Get(ctx, out)
}
