package workflows

import (
	"errors"
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

// operate does an operation on one target after the other, so that a restart leaves the others serving.
func operate(ctx workflow.Context, ref activities.OperationRef) error {
	var plan activities.OperationPlan
	if err := workflow.ExecuteActivity(quick(ctx, "plan"), plans.PlanOperation, ref).Get(ctx, &plan); err != nil {
		return decided(ctx, err)
	}
	for i, t := range plan.Targets {
		here := plan.On(t)
		calls := &agentCalls{
			serverID:   t.ServerID,
			serverName: t.ServerName,
			location:   t.Location,
			patience:   time.Duration(plan.Config.Rollout.AgentDeadlineSeconds) * time.Second,
		}
		input := func() []any {
			return []any{activities.OperationOrder{Plan: here, Attempt: calls.attempts, Last: i == len(plan.Targets)-1}}
		}
		err := calls.do(ctx, activities.OperateDeadline(here)+time.Minute, string(ref.Kind), agents.Operate, input, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

func failOperation(ctx workflow.Context, ref activities.OperationRef, reason string) error {
	end := activities.OperationEnd{
		Organization: ref.Organization, ServiceID: ref.ServiceID, OperationID: ref.OperationID, Kind: ref.Kind, Reason: reason,
	}
	plain := end
	plain.Reason = "the operation failed, and the log did not take the reason: see its workflow"
	return recordEnd(ctx, "say why not", facts.FailOperation, nil, end, plain)
}
