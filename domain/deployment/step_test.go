package deployment_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/strategy"
)

func TestThePlanFollowsTheKind(t *testing.T) {
	t.Parallel()
	for kind, want := range map[deployment.Kind]string{
		deployment.Deploy:   "source build release start health shift drain verify",
		deployment.Redeploy: "release start health shift drain verify",
		deployment.Rollback: "start health shift drain verify",
		deployment.Place:    "start health shift verify",
	} {
		require.Equal(t, want, idsOf(t, kind, deployment.Where{On: []string{"srv_1"}}), kind)
	}
	_, err := deployment.PlanOf(deployment.Requested{Strategy: strategy.Strategy{Kind: strategy.AB}}, deployment.Where{})
	require.ErrorContains(t, err, "not available yet")
}

// idsOf returns the ids of a plan's steps.
func idsOf(t *testing.T, kind deployment.Kind, where deployment.Where) string {
	t.Helper()
	steps, err := deployment.PlanOf(deployment.Requested{Kind: kind}, where)
	require.NoError(t, err)
	var ids []string
	for i, p := range steps {
		require.Equal(t, i, p.Step.Index)
		ids = append(ids, p.Step.ID)
	}
	return strings.Join(ids, " ")
}

func TestOnSeveralServersAllAreHealthyBeforeTrafficMovesAndItHasMovedOnAllBeforeAnyDrains(t *testing.T) {
	t.Parallel()
	two := deployment.Where{On: []string{"a", "b"}}
	require.Equal(t, "start@a health@a start@b health@b shift@a shift@b drain@a drain@b verify@a verify@b",
		idsOf(t, deployment.Rollback, two))
	require.Equal(t, "source build release start@a health@a start@b health@b shift@a shift@b drain@a drain@b verify@a verify@b",
		idsOf(t, deployment.Deploy, two))
	steps, err := deployment.PlanOf(deployment.Requested{Kind: deployment.Rollback}, two)
	require.NoError(t, err)
	require.Equal(t, deployment.PlannedStep{
		Step: deployment.StepRef{ID: "shift@b", Kind: deployment.Shift, Index: 5, Target: "b"}, Point: deployment.Abortable,
	}, steps[5])
}

func TestAPlacementEndsWhatRunsOnTheServersThatAreLeft(t *testing.T) {
	t.Parallel()
	require.Equal(t, "start health shift drain remove verify",
		idsOf(t, deployment.Place, deployment.Where{On: []string{"b"}, Left: []string{"a"}}))
	require.Equal(t, "start@b health@b start@c health@c shift@b shift@c drain remove verify@b verify@c",
		idsOf(t, deployment.Place, deployment.Where{On: []string{"b", "c"}, Left: []string{"a"}}))
}

func TestAPlanSaysWhatEachStepIsAbout(t *testing.T) {
	t.Parallel()
	require.Equal(t, []deployment.PlannedStep{
		{Step: deployment.StepRef{ID: "build", Kind: deployment.Build}, Point: deployment.Cancellable},
		{Step: deployment.StepRef{ID: "start", Kind: deployment.Start, Index: 1, Target: "srv_1"}, Point: deployment.Cancellable},
		{Step: deployment.StepRef{ID: "shift", Kind: deployment.Shift, Index: 2, Target: "srv_1"}, Point: deployment.Abortable},
		{Step: deployment.StepRef{ID: "drain", Kind: deployment.Drain, Index: 3, Target: "srv_1"}, Point: deployment.Settled},
	}, deployment.NewPlan(deployment.At("srv_1", deployment.Build, deployment.Start, deployment.Shift, deployment.Drain)...))
}

// inStages is a deployment that stands before its first step: start, shift, watch, shift, watch, shift, drain.
func inStages() E {
	return E{requested, started, deployment.Planned{Steps: deployment.NewPlan(deployment.At("srv_1", deployment.Start,
		deployment.Shift, deployment.Watch, deployment.Shift, deployment.Watch, deployment.Shift, deployment.Drain)...)}}
}

func stage(id string, kind deployment.StepKind, index int) deployment.StepRef {
	return deployment.StepRef{ID: id, Kind: kind, Index: index, Target: "srv_1"}
}

func TestAKindOfStepComesManyTimes(t *testing.T) {
	t.Parallel()
	begin := func(id string) func(*D) (E, error) { return func(d *D) (E, error) { return d.BeginStep(id) } }
	finish := func(id string) func(*D) (E, error) { return func(d *D) (E, error) { return d.FinishStep(id, nil) } }
	atFirstShift := append(inStages(), deployment.StepStarted{Step: stage("shift-1", deployment.Shift, 1), Point: deployment.Abortable})
	watching := append(append(E{}, atFirstShift...), deployment.StepSucceeded{Step: stage("shift-1", deployment.Shift, 1)},
		deployment.StepStarted{Step: stage("watch-1", deployment.Watch, 2), Point: deployment.Abortable},
		deployment.StepSucceeded{Step: stage("watch-1", deployment.Watch, 2)})
	Run(t, map[string]Case[D]{
		"the first shift begins": {Given: inStages(), When: begin("shift-1"), Then: E{deployment.StepStarted{
			Step: stage("shift-1", deployment.Shift, 1), Point: deployment.Abortable,
		}}},
		"the second begins although the first is done": {Given: watching, When: begin("shift-2"), Then: E{deployment.StepStarted{
			Step: stage("shift-2", deployment.Shift, 3), Point: deployment.Abortable,
		}}},
		"the second watch ends although the first has": {Given: watching, When: finish("watch-2"), Then: E{deployment.StepSucceeded{
			Step: stage("watch-2", deployment.Watch, 4),
		}}},
		"the first does not begin again": {Given: watching, When: begin("shift-1")},
		"the first does not end again":   {Given: watching, When: finish("shift-1")},
		"a kind is no step":              {Given: inStages(), When: begin("shift"), Refused: domain.Conflict, Saying: "not in the plan"},
	})
}

func TestThePointDecidesWhetherADeploymentCanBeCancelled(t *testing.T) {
	t.Parallel()
	at := func(kind deployment.StepKind, point deployment.Point) E {
		return E{requested, started, planned, deployment.StepStarted{Step: stage("step", kind, 1), Point: point}}
	}
	Run(t, map[string]Case[D]{
		"a shift that moves nothing yet": {Given: at(deployment.Shift, deployment.Cancellable), When: (*D).RequestCancel, Then: E{cancel}},
		"a build with traffic on it":     {Given: at(deployment.Build, deployment.Abortable), When: (*D).RequestCancel, Refused: domain.Conflict, Saying: "already moving traffic"},
		"anything after the last shift":  {Given: at(deployment.Build, deployment.Settled), When: (*D).RequestCancel, Refused: domain.Conflict, Saying: "roll back instead"},
	})
	d := domain.Fold(&D{}, inStages()...)
	require.Equal(t, deployment.Cancellable, d.Point)
	require.False(t, d.TrafficBegun())
	for _, next := range []struct {
		id    string
		point deployment.Point
	}{
		{"start", deployment.Cancellable},
		{"shift-1", deployment.Abortable},
		{"watch-1", deployment.Abortable},
		{"shift-2", deployment.Abortable},
		{"watch-2", deployment.Abortable},
		{"shift-3", deployment.Abortable},
		{"drain", deployment.Settled},
	} {
		events, err := d.BeginStep(next.id)
		require.NoError(t, err)
		d = domain.Fold(d, events...)
		require.Equal(t, next.point, d.Point, next.id)
		require.Equal(t, next.point != deployment.Cancellable, d.TrafficBegun(), next.id)
	}
}

func TestADeploymentDoesNotGoBackToAnEarlierPoint(t *testing.T) {
	t.Parallel()
	d := domain.Fold(&D{}, append(inStages(), deployment.StepStarted{Step: stage("drain", deployment.Drain, 6), Point: deployment.Settled})...)
	events, err := d.BeginStep("watch-2")
	require.NoError(t, err)
	require.Equal(t, E{deployment.StepStarted{Step: stage("watch-2", deployment.Watch, 4), Point: deployment.Settled}}, events)
}
