package activities

import (
	"context"
	"errors"
	"fmt"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

// Names by which a build queue is reached.
const (
	BuildQueueWorkflow = "build-queue"
	SignalAcquire      = "acquire"
	SignalRelease      = "release"
)

// BuildQueueID is the workflow that hands out a server's build slots.
func BuildQueueID(serverID string) string { return "build-queue/" + serverID }

// SlotRequest asks for a build slot; asking again changes nothing but the limit.
type SlotRequest struct {
	Organization string `json:"org"`
	ServerID     string `json:"server_id"`
	// Holder is the id of the workflow that asks; it hears back by the signal "slot".
	Holder string `json:"holder"`
	// Limit of builds at a time on this server, as the log says today.
	Limit int `json:"limit"`
}

// SlotOf is the request of a planned deployment.
func SlotOf(p Plan) SlotRequest {
	builder, _ := p.Server(p.BuildOn)
	return SlotRequest{
		Organization: p.Organization,
		ServerID:     p.BuildOn,
		Holder:       "deployment/" + p.DeploymentID,
		Limit:        builder.BuildLimit,
	}
}

// QueueState is what a build queue knows; it begins empty and is handed on when the queue continues as new.
type QueueState struct {
	Organization string   `json:"org"`
	ServerID     string   `json:"server_id"`
	Limit        int      `json:"limit"`
	Holders      []Holder `json:"holders,omitempty"`
	// Waiting are the workflows that wait for a slot, the first to get one first.
	Waiting []Waiter `json:"waiting,omitempty"`
}

// Waiter is a workflow that waits for a slot.
type Waiter struct {
	Workflow string `json:"workflow"`
	// Told is how many the workflow was last told to be ahead of it; zero before it was told anything.
	Told int `json:"told,omitempty"`
}

// Holder is a workflow that has a slot.
type Holder struct {
	Workflow string `json:"workflow"`
	// Lease ends at this Unix time, in milliseconds; then the queue looks whether the workflow still runs.
	Lease int64 `json:"lease"`
}

// Slots talks to the build queues.
type Slots struct {
	Temporal client.Client
}

// RequestSlot asks a server's build queue for a slot, starting the queue where it does not run.
func (s *Slots) RequestSlot(ctx context.Context, r SlotRequest) error {
	_, err := s.Temporal.SignalWithStartWorkflow(ctx, BuildQueueID(r.ServerID), SignalAcquire, r, client.StartWorkflowOptions{
		ID: BuildQueueID(r.ServerID), TaskQueue: TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         "Build slots of server " + r.ServerID,
	}, BuildQueueWorkflow, QueueState{Organization: r.Organization, ServerID: r.ServerID})
	if err != nil {
		return fmt.Errorf("ask for a build slot on server %s: %w", r.ServerID, err)
	}
	return nil
}

// IsOpen reports whether a workflow still runs.
func (s *Slots) IsOpen(ctx context.Context, workflowID string) (bool, error) {
	d, err := s.Temporal.DescribeWorkflowExecution(ctx, workflowID, "")
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at workflow %s: %w", workflowID, err)
	}
	return d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}

// AwaitClosed looks once whether a workflow still runs. It fails with ErrTypeOpen where it does, so that Temporal tries
// it again later: a wait holds no activity slot.
func (s *Slots) AwaitClosed(ctx context.Context, workflowID string) error {
	open, err := s.IsOpen(ctx, workflowID)
	if err != nil || !open {
		return err
	}
	return temporal.NewApplicationErrorWithOptions(
		fmt.Sprintf("workflow %s still runs: waiting for its end", workflowID), ErrTypeOpen,
		temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign})
}
