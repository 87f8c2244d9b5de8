package deployment_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/strategy"
)

type (
	D = deployment.Deployment
	E = []domain.Event
)

var (
	requested = deployment.Requested{
		DeploymentID: "dep_1", ServiceID: "svc_1", Kind: deployment.Deploy,
		Source: deployment.SourceRef{UploadID: "upl_1"}, Strategy: strategy.Strategy{Kind: strategy.BlueGreen},
	}
	started = deployment.Started{}
	plan    = deployment.NewPlan(deployment.At("srv_1", deployment.Source, deployment.Build, deployment.Release,
		deployment.Start, deployment.Health, deployment.Shift, deployment.Drain, deployment.Verify)...)
	planned   = deployment.Planned{Steps: plan}
	succeeded = deployment.Succeeded{ReleaseID: "rel_1"}
	cancel    = deployment.CancelRequested{}
)

func start(d *D) (E, error) { return d.Start(deployment.Where{On: []string{"srv_1"}}) }

func begun(kind deployment.StepKind) domain.Event {
	p := stepOf(kind)
	return deployment.StepStarted{Step: p.Step, Point: p.Point}
}

func done(kind deployment.StepKind) domain.Event {
	return deployment.StepSucceeded{Step: stepOf(kind).Step}
}

// stepOf is the only step of a kind in plan.
func stepOf(kind deployment.StepKind) deployment.PlannedStep {
	return plan[slices.IndexFunc(plan, func(p deployment.PlannedStep) bool { return p.Step.Kind == kind })]
}

func TestDeploymentIsRequested(t *testing.T) {
	t.Parallel()
	request := func(change func(*deployment.Requested)) func(*D) (E, error) {
		r := requested
		change(&r)
		return func(d *D) (E, error) { return d.Request(r) }
	}
	place := func(p service.Placement) func(*deployment.Requested) {
		return func(r *deployment.Requested) {
			r.Kind, r.Source, r.Placement = deployment.Place, deployment.SourceRef{}, p
		}
	}
	placing := requested
	place(service.On("srv_2"))(&placing)
	by := func(s strategy.Strategy) func(*D) (E, error) {
		return request(func(r *deployment.Requested) { r.Strategy = s })
	}
	Run(t, map[string]Case[D]{
		"with a source":                {When: request(func(*deployment.Requested) {}), Then: E{requested}},
		"once":                         {Given: E{requested}, When: request(func(*deployment.Requested) {})},
		"not without a source":         {When: request(func(r *deployment.Requested) { r.Source = deployment.SourceRef{} }), Refused: domain.Invalid, Saying: "nothing to deploy"},
		"to be placed elsewhere":       {When: request(place(service.On("srv_2"))), Then: E{placing}},
		"not to be placed nowhere":     {When: request(place(nil)), Refused: domain.Invalid, Saying: "needs the servers"},
		"not to be placed besides":     {When: request(func(r *deployment.Requested) { r.Placement = service.On("srv_2") }), Refused: domain.Invalid, Saying: "needs the servers"},
		"not to go back to nowhere":    {When: request(func(r *deployment.Requested) { r.Kind = deployment.Rollback }), Refused: domain.Invalid, Saying: "go back to"},
		"blue and green by default":    {When: request(func(r *deployment.Requested) { r.Strategy = strategy.Strategy{} }), Then: E{requested}},
		"not by an unknown strategy":   {When: by(strategy.Strategy{Kind: "big_bang"}), Refused: domain.Invalid, Saying: "unknown"},
		"not by what is not there yet": {When: by(strategy.Strategy{Kind: strategy.AB}), Refused: domain.Invalid, Saying: "not available yet"},
		"not of an unknown kind":       {When: request(func(r *deployment.Requested) { r.Kind = "" }), Refused: domain.Invalid},
		"starts when its turn comes":   {Given: E{requested}, When: start, Then: E{started, planned}},
		"starts once":                  {Given: E{requested, started, planned}, When: start},
		"gives way before it starts":   {Given: E{requested}, When: func(d *D) (E, error) { return d.Supersede("dep_2") }, Then: E{deployment.Superseded{By: "dep_2"}}},
		"does not give way once begun": {Given: E{requested, started, planned}, When: func(d *D) (E, error) { return d.Supersede("dep_2") }},
	})
}

func TestDeploymentGoesStepByStep(t *testing.T) {
	t.Parallel()
	begin := func(s deployment.StepKind) func(*D) (E, error) {
		return func(d *D) (E, error) { return d.BeginStep(string(s)) }
	}
	finish := func(s deployment.StepKind) func(*D) (E, error) {
		return func(d *D) (E, error) { return d.FinishStep(string(s), map[string]string{"millis": "1"}) }
	}
	wait := func(reason string) func(*D) (E, error) { return func(d *D) (E, error) { return d.Wait(reason) } }
	Run(t, map[string]Case[D]{
		"a step begins":                      {Given: E{requested, started, planned}, When: begin(deployment.Build), Then: E{begun(deployment.Build)}},
		"a step begins once":                 {Given: E{requested, started, planned, begun(deployment.Build)}, When: begin(deployment.Build)},
		"a step that is done stays done":     {Given: E{requested, started, planned, begun(deployment.Source), done(deployment.Source), begun(deployment.Build)}, When: begin(deployment.Source)},
		"a step ends with what was seen":     {Given: E{requested, started, planned, begun(deployment.Build)}, When: finish(deployment.Build), Then: E{deployment.StepSucceeded{Step: stepOf(deployment.Build).Step, Evidence: map[string]string{"millis": "1"}}}},
		"a step ends once":                   {Given: E{requested, started, planned, begun(deployment.Build), done(deployment.Build)}, When: finish(deployment.Build)},
		"no step after the end":              {Given: E{requested, started, planned, succeeded}, When: begin(deployment.Drain), Refused: domain.Conflict, Saying: "has ended"},
		"no step that is not planned":        {Given: E{requested, started, planned}, When: begin(deployment.Watch), Refused: domain.Conflict, Saying: "not in the plan"},
		"none is closed that is not planned": {Given: E{requested, started, planned}, When: finish(deployment.Watch), Refused: domain.Conflict, Saying: "not in the plan"},
		"no step before the request":         {When: begin(deployment.Source), Refused: domain.NotFound},
		"no step after a request to stop":    {Given: E{requested, started, planned, cancel}, When: begin(deployment.Shift), Refused: domain.Conflict, Saying: "cancelled"},
		"it waits":                           {Given: E{requested}, When: wait("offline"), Then: E{deployment.Waiting{Reason: "offline"}}},
		"it says so once":                    {Given: E{requested, deployment.Waiting{Reason: "offline"}}, When: wait("offline")},
		"it goes on":                         {Given: E{requested, deployment.Waiting{Reason: "offline"}}, When: wait(""), Then: E{deployment.Waiting{}}},
		"it waits for nothing after the end": {Given: E{requested, succeeded}, When: wait("offline")},
		"nothing waits for nothing":          {When: wait("offline"), Refused: domain.NotFound},
	})
}

func TestDeploymentEndsOnce(t *testing.T) {
	t.Parallel()
	ends := map[string]struct {
		command func(*D) (E, error)
		event   domain.Event
	}{
		"succeeded": {func(d *D) (E, error) { return d.Succeed("rel_1", nil) }, succeeded},
		"failed":    {func(d *D) (E, error) { return d.Fail("crashed", "exit 1") }, deployment.Failed{Step: stepOf(deployment.Health).Step, Code: "crashed", Reason: "exit 1"}},
		"cancelled": {(*D).EndCancelled, deployment.Cancelled{}},
	}
	cases := map[string]Case[D]{}
	for name, end := range ends {
		running := E{requested, started, planned, begun(deployment.Health)}
		cases[name] = Case[D]{Given: running, When: end.command, Then: E{end.event}}
		cases["not "+name+" where there is none"] = Case[D]{When: end.command, Refused: domain.NotFound}
		for other, earlier := range ends {
			cases[name+" after "+other] = Case[D]{Given: append(append(E{}, running...), earlier.event), When: end.command}
		}
		cases[name+" after superseded"] = Case[D]{Given: E{requested, deployment.Superseded{}}, When: end.command}
	}
	Run(t, cases)
}

func TestDeploymentIsCancelled(t *testing.T) {
	t.Parallel()
	Run(t, map[string]Case[D]{
		"while it waits":              {Given: E{requested}, When: (*D).RequestCancel, Then: E{cancel}},
		"while it builds":             {Given: E{requested, started, planned, begun(deployment.Build)}, When: (*D).RequestCancel, Then: E{cancel}},
		"once":                        {Given: E{requested, cancel}, When: (*D).RequestCancel},
		"and that is fine afterwards": {Given: E{requested, deployment.Cancelled{}}, When: (*D).RequestCancel},
		"not once traffic moves":      {Given: E{requested, started, planned, begun(deployment.Shift)}, When: (*D).RequestCancel, Refused: domain.Conflict, Saying: "roll back"},
		"not after traffic has moved": {Given: E{requested, started, planned, begun(deployment.Shift), done(deployment.Shift), begun(deployment.Drain)}, When: (*D).RequestCancel, Refused: domain.Conflict, Saying: "roll back instead"},
		"not once it has ended":       {Given: E{requested, succeeded}, When: (*D).RequestCancel, Refused: domain.Conflict, Saying: "nothing to cancel"},
		"not where there is none":     {When: (*D).RequestCancel, Refused: domain.NotFound},
	})
}

func TestStatusFollowsTheSteps(t *testing.T) {
	t.Parallel()
	rollback := deployment.Requested{DeploymentID: "dep_1", Kind: deployment.Rollback, ReleaseID: "rel_1"}
	for name, c := range map[string]struct {
		given E
		want  deployment.Status
	}{
		"asked for":          {E{requested}, deployment.Queued},
		"started":            {E{requested, started, planned}, deployment.Building},
		"a rollback started": {E{rollback, started}, deployment.Deploying},
		"building":           {E{requested, started, planned, begun(deployment.Build)}, deployment.Building},
		"starting":           {E{requested, started, planned, begun(deployment.Start)}, deployment.Deploying},
		"verifying":          {E{requested, started, planned, begun(deployment.Verify)}, deployment.Deploying},
		"done":               {E{requested, started, planned, succeeded}, deployment.StatusSucceeded},
	} {
		require.Equal(t, c.want, domain.Fold(&D{}, c.given...).Status, name)
	}
	for _, s := range []deployment.Status{deployment.Queued, deployment.Building, deployment.Deploying} {
		require.False(t, s.Ended(), s)
	}
	for _, s := range []deployment.Status{deployment.StatusSucceeded, deployment.StatusFailed, deployment.StatusCancelled, deployment.StatusSuperseded} {
		require.True(t, s.Ended(), s)
	}
}
