package workflows

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/activities"
	"go.temporal.io/sdk/workflow"
)

// Operation stops, starts, restarts or scales a service, and records the outcome.
func Operation(ctx workflow.Context, ref activities.OperationRef) error {
	err := operate(ctx, ref)
	word := "succeeded"
	if err != nil {
		word = "failed"
		reason := err.Error()
		var f *failure
		if errors.As(err, &f) {
			reason = f.Reason
		}
		end, _ := workflow.NewDisconnectedContext(ctx)
		if err := failOperation(end, ref, reason); err != nil {
			return err
		}
	}
	return status(ctx, word, "Ended: "+word)
}

// operate does an operation on one target after the other, so that a restart leaves the others serving. It begins once
// the agents of all of them are there: one that stays away leaves the service as it was everywhere.
func operate(ctx workflow.Context, ref activities.OperationRef) error {
	var plan activities.OperationPlan
	if err := workflow.ExecuteActivity(withLogOptions(ctx, "plan"), plans.PlanOperation, ref).Get(ctx, &plan); err != nil {
		return decided(ctx, err)
	}
	calls := callsTo(plan)
	for _, c := range calls {
		if c.location.Online {
			continue
		}
		if err := c.await(ctx); err != nil {
			return onSeveral(plan, nil, err)
		}
	}
	for i, c := range calls {
		if err := operateOn(ctx, plan, i, c); err != nil {
			return onSeveral(plan, plan.Targets[:i], err)
		}
	}
	return nil
}

// callsTo returns the calls to the agents of an operation's targets, in order.
func callsTo(plan activities.OperationPlan) []*agentCalls {
	var all []*agentCalls
	for _, t := range plan.Targets {
		all = append(all, &agentCalls{
			serverID:   t.ServerID,
			serverName: t.ServerName,
			location:   t.Location,
			patience:   time.Duration(plan.Config.Rollout.AgentDeadlineSeconds) * time.Second,
			wait: func(ctx workflow.Context, reason string) error {
				workflow.SetCurrentDetails(ctx, reason)
				return nil
			},
		})
	}
	return all
}

// operateOn does an operation on one of its targets. The last one's records that it is done.
func operateOn(ctx workflow.Context, plan activities.OperationPlan, target int, calls *agentCalls) error {
	here, last := plan.On(plan.Targets[target]), target == len(plan.Targets)-1
	input := func() []any {
		return []any{activities.OperationOrder{Plan: here, Attempt: calls.attempts, Last: last}}
	}
	atMost := activities.OperateDeadline(here) + time.Minute
	return calls.do(ctx, atMost, string(plan.OperationRef.Kind), agents.Operate, input, nil)
}

// onSeveral says on which servers an operation on several was done before it failed.
func onSeveral(plan activities.OperationPlan, done []activities.Target, err error) error {
	var f *failure
	if len(plan.Targets) < 2 || !errors.As(err, &f) {
		return err
	}
	told := *f
	switch {
	case len(done) > 0:
		var names []string
		for _, t := range done {
			names = append(names, fmt.Sprintf("%q", t.ServerName))
		}
		told.Reason += "; it was done on " + strings.Join(names, ", ") + " before"
	case f.Code == codeAgentOffline:
		told.Reason += ", or take the service off it with `syn move`; nothing was changed on any server"
	}
	return &told
}

func failOperation(ctx workflow.Context, ref activities.OperationRef, reason string) error {
	end := activities.OperationEnd{
		Organization: ref.Organization, ServiceID: ref.ServiceID, OperationID: ref.OperationID, Kind: ref.Kind, Reason: reason,
	}
	plain := end
	plain.Reason = "the operation failed, and the log did not take the reason: see its workflow"
	return recordEnd(ctx, "say why not", facts.FailOperation, nil, end, plain)
}
