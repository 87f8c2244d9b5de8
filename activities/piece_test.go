package activities

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/strategy"
)

func TestACommandIsNamedByItsStep(t *testing.T) {
	t.Parallel()
	plan := deployment.NewPlan(deployment.At("srv_1", deployment.Shift, deployment.Watch, deployment.Shift, deployment.Watch, deployment.Drain)...)
	o := Order{Plan: Plan{DeploymentID: "dep_1", Steps: deployment.Refs(plan)}}
	require.Equal(t, "dep_1/shift-1", o.commandID(deployment.Shift))
	require.Equal(t, "dep_1/watch-1", o.commandID(deployment.Watch))
	o.At = 2
	require.Equal(t, "dep_1/shift-2", o.commandID(deployment.Shift), "the same kind, another step")
	require.Equal(t, "dep_1/watch-2", o.commandID(deployment.Watch))
	o.Attempt = 1
	require.Equal(t, "dep_1/shift-2/2", o.commandID(deployment.Shift), "a new command of the same step")
	require.Equal(t, "dep_1/drain/2", o.commandID(deployment.Drain))
}

func TestAStepIsClosedAndTheNextOneBegins(t *testing.T) {
	t.Parallel()
	plan := deployment.NewPlan(deployment.At("srv_1", deployment.Shift, deployment.Watch, deployment.Shift, deployment.Verify)...)
	d := domain.Fold(&deployment.Deployment{},
		deployment.Requested{DeploymentID: "dep_1", Strategy: strategy.Strategy{}.WithDefaults()},
		deployment.Planned{Steps: plan},
		deployment.StepStarted{Step: plan[0].Step, Point: plan[0].Point})
	o := Order{Plan: Plan{DeploymentID: "dep_1", Steps: deployment.Refs(plan)}}
	for i, kind := range []deployment.StepKind{deployment.Shift, deployment.Watch, deployment.Shift} {
		o.At = i
		events, err := o.turn(kind, nil)(d)
		require.NoError(t, err)
		require.Equal(t, []domain.Event{
			deployment.StepSucceeded{Step: plan[i].Step},
			deployment.StepStarted{Step: plan[i+1].Step, Point: plan[i+1].Point},
		}, events)
		d = domain.Fold(d, events...)
		events, err = o.turn(kind, nil)(d)
		require.NoError(t, err)
		require.Empty(t, events, "said once")
	}
	events, err := Order{Plan: o.Plan, At: 3}.turn(deployment.Verify, nil)(d)
	require.NoError(t, err)
	require.Equal(t, []domain.Event{deployment.StepSucceeded{Step: plan[3].Step}}, events, "nothing comes after the last")
	_, err = o.turn(deployment.Drain, nil)(d)
	require.ErrorContains(t, err, `step "drain" is not in the plan`)
}

func TestVerifyClosesTheDrainsThatWereLeftOut(t *testing.T) {
	t.Parallel()
	plan := deployment.NewPlan(deployment.At("srv_1", deployment.Drain, deployment.Drain, deployment.Verify)...)
	d := domain.Fold(&deployment.Deployment{},
		deployment.Requested{DeploymentID: "dep_1"}, deployment.Planned{Steps: plan},
		deployment.StepStarted{Step: plan[0].Step, Point: plan[0].Point}, deployment.StepSucceeded{Step: plan[0].Step})
	o := Order{Plan: Plan{DeploymentID: "dep_1", Steps: deployment.Refs(plan)}, At: 2}
	closeDrains := o.closeDrains(o.step(deployment.Verify), "a rollback waits")
	events, err := closeDrains(d)
	require.NoError(t, err)
	require.Equal(t, []domain.Event{
		deployment.StepSucceeded{Step: plan[1].Step, Evidence: map[string]string{"skipped": "a rollback waits"}},
		deployment.StepStarted{Step: plan[2].Step, Point: plan[2].Point},
	}, events)
	events, err = closeDrains(domain.Fold(d, events...))
	require.NoError(t, err)
	require.Empty(t, events, "said once")
}
