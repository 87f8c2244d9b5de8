package workflows_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/traffic"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
)

func planOf(kinds ...deployment.StepKind) []deployment.StepRef {
	return deployment.Refs(deployment.NewPlan(deployment.At("srv", kinds...)...))
}

func TestDeployment_takesTheStepsOfItsPlan(t *testing.T) {
	t.Parallel()
	begin := []deployment.StepKind{deployment.Start, deployment.Health, deployment.Shift}
	for name, c := range map[string]struct {
		steps []deployment.StepKind
		did   []string
	}{
		"as planned":     {append(begin, deployment.Drain, deployment.Verify), []string{"switch", "drain at drain", "verify"}},
		"without drain":  {append(begin, deployment.Verify), []string{"switch", "verify"}},
		"a kind twice":   {append(begin, deployment.Drain, deployment.Drain, deployment.Verify), []string{"switch", "drain at drain-1", "drain at drain-2", "verify"}},
		"two rounds":     {append(append(begin, deployment.Drain), append(begin, deployment.Drain, deployment.Verify)...), []string{"switch", "drain at drain-1", "switch", "drain at drain-2", "verify"}},
		"only a verdict": {[]deployment.StepKind{deployment.Verify}, []string{"verify"}},
	} {
		r := newRollout(t, deployment.Rollback)
		r.plan.Steps, r.plan.Previous = planOf(c.steps...), traffic.All("before")
		r.draining.Return(func(_ context.Context, o activities.Order) error {
			r.note("drain at %s", o.Plan.Steps[o.At].ID)
			return nil
		})
		require.Equal(t, deployment.StatusSucceeded, r.run(t).Status, name)
		require.Equal(t, c.did, r.did, name)
	}
}

func TestDeployment_doesNothingWhereItCannotTakeEveryStep(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		steps  []deployment.StepKind
		reason string
	}{
		"a kind it does not know": {
			[]deployment.StepKind{deployment.Start, deployment.Health, deployment.Shift, deployment.Watch, deployment.Verify},
			`cannot take step "watch" of the plan`,
		},
		"an order it does not know": {
			[]deployment.StepKind{deployment.Shift, deployment.Start, deployment.Health, deployment.Verify}, `step "shift"`,
		},
		"a plan that ends without a look": {[]deployment.StepKind{deployment.Drain}, "does not end with a verify step"},
		"no plan":                         {nil, "does not end with a verify step"},
	} {
		r := newRollout(t, deployment.Rollback)
		r.plan.Steps = planOf(c.steps...)
		require.Equal(t, deployment.StatusFailed, r.run(t).Status, name)
		require.Equal(t, "unknown_step", r.ended.Code, name)
		require.Contains(t, r.ended.Reason, c.reason, name)
		require.Equal(t, []string{"ends failed"}, r.did, name)
	}
}

func TestDeployment_eachPieceKnowsItsFirstStep(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	at := map[string]int{}
	r.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, args converter.EncodedValues) {
		var o activities.Order
		if slices.Contains([]string{"Build", "Switch", "Drain"}, info.ActivityType.Name) && args.Get(&o) == nil {
			at[info.ActivityType.Name] = o.At
		}
	})
	require.Equal(t, deployment.StatusSucceeded, r.run(t).Status)
	require.Equal(t, map[string]int{"Build": 0, "Switch": 3, "Drain": 6}, at)
}
