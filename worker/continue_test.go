package worker_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// TestContinueAsNew stops the platform, sends a writer so many signals that it continues as new in the very
// workflow task that brings it a request, and starts the platform again: the next run does what the request asks
// for.
func TestContinueAsNew(t *testing.T) {
	const maxHistory = 60
	p := newPlatform(t)
	p.start(t)() // makes the namespace
	h := p.house.Neighbour(t)
	writer := workflows.ServiceID(h.Service)
	first, err := p.temporal.SignalWithStartWorkflow(t.Context(), writer, workflows.SignalRequest,
		workflows.Request{EventID: "evt-nothing", Kind: workflows.CancelOne, DeploymentID: "unknown"},
		client.StartWorkflowOptions{ID: writer, TaskQueue: activities.TaskQueue}, workflows.NameService,
		workflows.ServiceState{Organization: h.Org, ProjectID: h.Project, ServiceID: h.Service, MaxHistory: maxHistory})
	require.NoError(t, err)
	stop := p.start(t)
	one := h.Request(deployment.Deploy, "") // signalled by the reactor, so that it does not come after the next one
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(one))
	h.Await("the end of the child", func() bool { return !p.open(t, workflows.DeploymentID(one)) })
	stop()

	two := h.Request(deployment.Deploy, "")
	request := workflows.Request{
		EventID:        "evt-two",
		Position:       head(t, h),
		Kind:           workflows.Deploy,
		DeploymentID:   two,
		DeploymentKind: deployment.Deploy,
	}
	for i := range maxHistory {
		require.NoError(t, p.temporal.SignalWorkflow(t.Context(), writer, "", workflows.SignalRequest, request), i)
	}
	p.start(t)
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(two), h.Story(deployment.Stream(two)))
	d, err := p.temporal.DescribeWorkflowExecution(t.Context(), writer, first.GetRunID())
	require.NoError(t, err)
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW, d.GetWorkflowExecutionInfo().GetStatus(),
		fmt.Sprintf("the run that began with %s", one))
	p.recordRun(t, "service-continuing", writer, first.GetRunID())
	p.record(t, "service-continued", writer)
}
