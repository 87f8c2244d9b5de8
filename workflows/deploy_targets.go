package workflows

import (
	"time"

	"github.com/syntra-dev/syntra/activities"
	"go.temporal.io/sdk/workflow"
)

// agentOf returns the calls to the agent of a server: one of the plan, or one that holds the artifact.
func (d *deploymentRun) agentOf(serverID string) *agentCalls {
	if calls := d.agents[serverID]; calls != nil {
		return calls
	}
	t, known := d.plan.Server(serverID)
	if !known {
		t.ServerName = serverID // one that only holds an artifact
	}
	calls := &agentCalls{
		serverID:   serverID,
		serverName: t.ServerName,
		location:   t.Location,
		patience:   time.Duration(d.plan.Config.Rollout.AgentDeadlineSeconds) * time.Second,
		wait:       d.say,
	}
	d.agents[serverID] = calls
	return calls
}

// here is the server that the present step is about. What prepares the release is done where it is built.
func (d *deploymentRun) here() string {
	if target := d.plan.Steps[d.at].Target; target != "" {
		return target
	}
	return d.plan.BuildOn
}

// reached returns the servers whose agents were there, in the order of the plan.
func (d *deploymentRun) reached() []string {
	var ids []string
	for _, t := range d.plan.Targets {
		if calls := d.agents[t.ServerID]; calls != nil && calls.reached {
			ids = append(ids, t.ServerID)
		}
	}
	return ids
}

// bring makes the release's artifact be on a server, where another one built it.
func (d *deploymentRun) bring(ctx workflow.Context, serverID string) error {
	if d.made.BuiltOn == serverID {
		return nil
	}
	return bringArtifact(ctx, activities.Transfer{
		Subject: d.plan.Subject,
		Work:    d.plan.DeploymentID,
		Runtime: d.made.Artifact.Runtime,
		Digest:  d.made.Artifact.Digest,
	}, serverID, d.agentOf)
}

// order is the present piece of work on a server, and a new command id for what it says.
func (d *deploymentRun) order(serverID string) activities.Order {
	calls := d.agentOf(serverID)
	return activities.Order{
		Plan:     d.plan.On(serverID),
		Release:  d.made,
		At:       d.at,
		Call:     calls.calls,
		Attempt:  calls.attempts,
		Repeated: calls.repeated,
	}
}

// input makes the order anew for each try.
func (d *deploymentRun) input(serverID string) func() []any {
	return func() []any { return []any{d.order(serverID)} }
}
