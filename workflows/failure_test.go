package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
)

var errNotTaken = errors.New("encode event: as arranged")

func TestDeployment_anEndThatTheLogDoesNotTakeIsRecordedPlainly(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.shift = func(int) error { return agentSays("unhealthy") }
	r.refuse = func(e activities.End) error {
		if e.Reason == "as arranged" {
			return errNotTaken
		}
		return nil
	}
	require.Equal(t, deployment.StatusFailed, r.run(t).Status)
	require.Equal(t, "internal", r.ended.Code)
	require.Contains(t, r.ended.Reason, "the log did not take the reason")
	require.Equal(t, []string{"ends failed", "removes new"}, r.did[len(r.did)-2:])
}

func TestDeployment_thatCannotBeEndedDoesNotStayOpen(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.shift = func(int) error { return agentSays("unhealthy") }
	r.refuse = func(activities.End) error { return errNotTaken }
	r.env.ExecuteWorkflow(workflows.NameDeployment, workflows.DeploymentInput{Organization: "org", ServiceID: "svc", DeploymentID: "dep"})
	require.True(t, r.env.IsWorkflowCompleted())
	require.ErrorContains(t, r.env.GetWorkflowError(), "deployment dep is still open in the log")
	require.Equal(t, "removes new", r.did[len(r.did)-1], "it cleans up all the same")
}

func TestDeployment_anOutageOfTheLogIsWaitedOut(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.shift = func(int) error { return agentSays("unhealthy") }
	r.refuse = func(activities.End) error {
		if r.took() < 2*time.Hour {
			return temporal.NewApplicationError("the event log cannot be reached", activities.ErrTypeUnavailable)
		}
		return nil
	}
	require.Equal(t, deployment.StatusFailed, r.run(t).Status)
	require.Equal(t, activities.Failure{Code: "unhealthy", Reason: "as arranged"}, r.ended.Failure)
}

func TestOperation_thatCannotBeEndedDoesNotStayOpen(t *testing.T) {
	t.Parallel()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	workflows.Register(env)
	env.RegisterActivity(&activities.Plans{})
	env.RegisterActivity(&activities.Facts{})
	env.OnActivity("PlanOperation", mock.Anything, mock.Anything).Return(activities.OperationPlan{},
		temporal.NewNonRetryableApplicationError("as arranged", activities.ErrTypeRefused, nil, activities.Failure{Code: "conflict", Reason: "as arranged"}))
	var reasons []string
	env.OnActivity("FailOperation", mock.Anything, mock.Anything).Return(func(_ context.Context, e activities.OperationEnd) error {
		if len(reasons) == 0 || reasons[len(reasons)-1] != e.Reason {
			reasons = append(reasons, e.Reason)
		}
		return errNotTaken
	})
	env.ExecuteWorkflow(workflows.NameOperation, activities.OperationRef{OperationID: "op", Kind: service.Scale})
	require.True(t, env.IsWorkflowCompleted())
	require.ErrorContains(t, env.GetWorkflowError(), "as arranged")
	require.Equal(t, []string{"as arranged", "the operation failed, and the log did not take the reason: see its workflow"}, reasons)
}
