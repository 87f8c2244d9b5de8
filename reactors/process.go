package reactors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/workflows"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
)

// process is a workflow as Temporal knows it. Its zero value does not exist.
type process struct {
	exists, running, completed bool
	// idle is true of a writer that runs, has nothing under way and nothing to take in.
	idle bool
	// chain names the workflow with all runs that continue it.
	chain    string
	closedAt time.Time
}

// closedFor reports whether a workflow ended at least d ago.
func (p process) closedFor(d time.Duration) bool {
	return p.exists && !p.running && time.Since(p.closedAt) >= d
}

func describe(ctx context.Context, c client.Client, id string) (process, error) {
	d, err := c.DescribeWorkflowExecution(ctx, id, "")
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return process{}, nil
	}
	if err != nil {
		return process{}, fmt.Errorf("look at workflow %s: %w", id, err)
	}
	info := d.GetWorkflowExecutionInfo()
	p := process{
		exists:    true,
		running:   info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
		completed: info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED,
		chain:     info.GetFirstRunId(),
		closedAt:  info.GetCloseTime().AsTime(),
	}
	var status string
	attribute := info.GetSearchAttributes().GetIndexedFields()[workflows.AttributeStatus.GetName()]
	if attribute != nil {
		if err := converter.GetDefaultDataConverter().FromPayload(attribute, &status); err != nil {
			return process{}, fmt.Errorf("read status of workflow %s: %w", id, err)
		}
	}
	p.idle = p.running && status == "idle" && d.GetPendingWorkflowTask() == nil &&
		len(d.GetPendingChildren()) == 0 && len(d.GetPendingActivities()) == 0
	return p, nil
}
