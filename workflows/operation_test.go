package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/workflows"
)

// operated is what became of a restart on servers box-1 and box-2.
type operated struct {
	// on are the servers it was done on, in order, and last the one after which it was on record as done.
	on     []string
	last   string
	failed string
}

// restart runs a restart on two servers. The agent of a server that is away stays away; that of a broken one fails.
func restart(t *testing.T, away, broken string) operated {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	workflows.Register(env)
	env.RegisterActivity(&activities.Plans{})
	env.RegisterActivity(&activities.Facts{})
	env.RegisterActivity(&activities.Fleet{})
	env.RegisterActivity(&activities.Agents{})
	at := func(server string) activities.Location {
		return activities.Location{Online: server != away, Replica: "r"}
	}
	var out operated
	plan := activities.OperationPlan{Config: service.Config{}.WithDefaults()}
	plan.Config.Rollout.AgentDeadlineSeconds = 60
	for _, name := range []string{"box-1", "box-2"} {
		plan.Targets = append(plan.Targets, activities.Target{ServerID: name, ServerName: name, Location: at(name)})
	}
	env.OnActivity("PlanOperation", mock.Anything, mock.Anything).Return(
		func(_ context.Context, ref activities.OperationRef) (activities.OperationPlan, error) {
			plan.OperationRef = ref
			return plan, nil
		})
	env.OnActivity("AwaitAgent", mock.Anything, mock.Anything, mock.Anything).Return(
		func(_ context.Context, server string, _ time.Time) (activities.Location, error) {
			return at(server), nil
		})
	env.OnActivity("Operate", mock.Anything, mock.Anything).Return(
		func(_ context.Context, o activities.OperationOrder) error {
			if o.Plan.ServerID == broken {
				f := activities.Failure{Code: "unhealthy", Reason: "replica 1 is not well"}
				return temporal.NewNonRetryableApplicationError(f.Reason, activities.ErrTypeAgent, nil, f)
			}
			out.on = append(out.on, o.Plan.ServerID)
			if o.Last {
				out.last = o.Plan.ServerID
			}
			return nil
		})
	env.OnActivity("FailOperation", mock.Anything, mock.Anything).Return(
		func(_ context.Context, e activities.OperationEnd) error {
			out.failed = e.Reason
			return nil
		})
	env.ExecuteWorkflow(workflows.NameOperation, activities.OperationRef{OperationID: "op", Kind: service.Restart})
	require.NoError(t, env.GetWorkflowError())
	return out
}

func TestOperation_onSeveralServersIsDoneOnOneAfterTheOther(t *testing.T) {
	t.Parallel()
	require.Equal(t, operated{on: []string{"box-1", "box-2"}, last: "box-2"}, restart(t, "", ""))
}

func TestOperation_changesNothingAnywhereWhereOneOfTheAgentsIsAway(t *testing.T) {
	t.Parallel()
	require.Equal(t, operated{failed: `server "box-2" was offline for 1m0s: start its agent and try again, ` +
		"or take the service off it with `syn move`; nothing was changed on any server"}, restart(t, "box-2", ""))
}

func TestOperation_thatFailsOnALaterServerSaysWhereItWasDone(t *testing.T) {
	t.Parallel()
	require.Equal(t, operated{
		on:     []string{"box-1"},
		failed: `replica 1 is not well; it was done on "box-1" before`,
	}, restart(t, "", "box-2"))
}
