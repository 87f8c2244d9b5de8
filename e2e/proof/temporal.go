package proof

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/workflows"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
)

// temporal dials a platform's Temporal.
func temporal(p *harness.Platform) (client.Client, error) {
	quiet := log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
	c, err := client.Dial(client.Options{HostPort: p.Temporal, Logger: quiet})
	if err != nil {
		return nil, fmt.Errorf("dial Temporal at %s: %w", p.Temporal, err)
	}
	return c, nil
}

// run is one run of a workflow.
type run struct {
	continued bool // it ended by continuing as new
	// interrupted is true where a signal came while it was ending, or requests were handed on to the next run.
	interrupted bool
}

// runsOf follows a service writer's chain of runs from the newest to the oldest.
func runsOf(ctx context.Context, p *harness.Platform, id string) ([]run, error) {
	c, err := temporal(p)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var runs []run
	handedOn := false // the next run began with requests
	for runID := ""; ; {
		r, began, previous, err := readRun(ctx, c, id, runID)
		if err != nil {
			return nil, fmt.Errorf("read workflow %s: %w", id, err)
		}
		r.interrupted = r.interrupted || handedOn
		runs = append(runs, r)
		handedOn, runID = len(began.Queue) > 0, previous
		if previous == "" {
			return runs, nil
		}
	}
}

// readRun also answers the state that the run began with, and the id of the run that it continues.
func readRun(ctx context.Context, c client.Client, id, runID string) (r run, began workflows.ServiceState, previous string, err error) {
	history := c.GetWorkflowHistory(ctx, id, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		e, err := history.Next()
		if err != nil {
			return r, began, "", err
		}
		switch {
		case e.GetWorkflowExecutionStartedEventAttributes() != nil:
			a := e.GetWorkflowExecutionStartedEventAttributes()
			previous = a.GetContinuedExecutionRunId()
			if err := converter.GetDefaultDataConverter().FromPayloads(a.GetInput(), &began); err != nil {
				return r, began, "", err
			}
		case e.GetWorkflowTaskFailedEventAttributes().GetCause() == enums.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND:
			r.interrupted = true // Temporal refused to end the run: a signal had just come
		case e.GetEventType() == enums.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
			r.continued = true
		}
	}
	return r, began, previous, nil
}
