package deployment_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	. "github.com/syntra-dev/syntra/domain/domaintest"
)

type (
	D = deployment.Deployment
	E = []domain.Event
)

var (
	requested = deployment.Requested{DeploymentID: "dep_1", ServiceID: "svc_1", Kind: deployment.Deploy, Source: deployment.SourceRef{UploadID: "upl_1"}}
	started   = deployment.Started{}
	succeeded = deployment.Succeeded{ReleaseID: "rel_1"}
	cancel    = deployment.CancelRequested{}
)

func begun(s deployment.Step) domain.Event { return deployment.StepStarted{Step: s} }
func done(s deployment.Step) domain.Event  { return deployment.StepSucceeded{Step: s} }

func TestDeploymentIsRequested(t *testing.T) {
	t.Parallel()
	request := func(change func(*deployment.Requested)) func(*D) (E, error) {
		r := requested
		change(&r)
		return func(d *D) (E, error) { return d.Request(r) }
	}
	Run(t, map[string]Case[D]{
		"with a source":                {When: request(func(*deployment.Requested) {}), Then: E{requested}},
		"once":                         {Given: E{requested}, When: request(func(*deployment.Requested) {})},
		"not without a source":         {When: request(func(r *deployment.Requested) { r.Source = deployment.SourceRef{} }), Refused: domain.Invalid, Saying: "nothing to deploy"},
		"not to go back to nowhere":    {When: request(func(r *deployment.Requested) { r.Kind = deployment.Rollback }), Refused: domain.Invalid, Saying: "go back to"},
		"not of an unknown kind":       {When: request(func(r *deployment.Requested) { r.Kind = "" }), Refused: domain.Invalid},
		"starts when its turn comes":   {Given: E{requested}, When: (*D).Start, Then: E{started}},
		"starts once":                  {Given: E{requested, started}, When: (*D).Start},
		"gives way before it starts":   {Given: E{requested}, When: func(d *D) (E, error) { return d.Supersede("dep_2") }, Then: E{deployment.Superseded{By: "dep_2"}}},
		"does not give way once begun": {Given: E{requested, started}, When: func(d *D) (E, error) { return d.Supersede("dep_2") }},
	})
}

func TestDeploymentGoesStepByStep(t *testing.T) {
	t.Parallel()
	begin := func(s deployment.Step) func(*D) (E, error) { return func(d *D) (E, error) { return d.BeginStep(s) } }
	finish := func(s deployment.Step) func(*D) (E, error) {
		return func(d *D) (E, error) { return d.FinishStep(s, map[string]string{"millis": "1"}) }
	}
	wait := func(reason string) func(*D) (E, error) { return func(d *D) (E, error) { return d.Wait(reason) } }
	Run(t, map[string]Case[D]{
		"a step begins":                      {Given: E{requested, started}, When: begin(deployment.Build), Then: E{begun(deployment.Build)}},
		"a step begins once":                 {Given: E{requested, started, begun(deployment.Build)}, When: begin(deployment.Build)},
		"a step that is done stays done":     {Given: E{requested, started, begun(deployment.Source), done(deployment.Source), begun(deployment.Build)}, When: begin(deployment.Source)},
		"a step ends with what was seen":     {Given: E{requested, started, begun(deployment.Build)}, When: finish(deployment.Build), Then: E{deployment.StepSucceeded{Step: deployment.Build, Evidence: map[string]string{"millis": "1"}}}},
		"a step ends once":                   {Given: E{requested, started, begun(deployment.Build), done(deployment.Build)}, When: finish(deployment.Build)},
		"no step after the end":              {Given: E{requested, started, succeeded}, When: begin(deployment.Drain), Refused: domain.Conflict, Saying: "has ended"},
		"no step before the request":         {When: begin(deployment.Source), Refused: domain.NotFound},
		"no step after a request to stop":    {Given: E{requested, started, cancel}, When: begin(deployment.Route), Refused: domain.Conflict, Saying: "cancelled"},
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
		"failed":    {func(d *D) (E, error) { return d.Fail("crashed", "exit 1") }, deployment.Failed{Step: deployment.Health, Code: "crashed", Reason: "exit 1"}},
		"cancelled": {(*D).EndCancelled, deployment.Cancelled{}},
	}
	cases := map[string]Case[D]{}
	for name, end := range ends {
		running := E{requested, started, begun(deployment.Health)}
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
		"while it builds":             {Given: E{requested, started, begun(deployment.Build)}, When: (*D).RequestCancel, Then: E{cancel}},
		"once":                        {Given: E{requested, cancel}, When: (*D).RequestCancel},
		"and that is fine afterwards": {Given: E{requested, deployment.Cancelled{}}, When: (*D).RequestCancel},
		"not once traffic moves":      {Given: E{requested, started, begun(deployment.Route)}, When: (*D).RequestCancel, Refused: domain.Conflict, Saying: "roll back"},
		"not after traffic has moved": {Given: E{requested, started, begun(deployment.Route), done(deployment.Route), begun(deployment.Drain)}, When: (*D).RequestCancel, Refused: domain.Conflict},
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
		"started":            {E{requested, started}, deployment.Building},
		"a rollback started": {E{rollback, started}, deployment.Deploying},
		"building":           {E{requested, started, begun(deployment.Build)}, deployment.Building},
		"starting":           {E{requested, started, begun(deployment.Start)}, deployment.Deploying},
		"verifying":          {E{requested, started, begun(deployment.Verify)}, deployment.Deploying},
		"done":               {E{requested, started, succeeded}, deployment.StatusSucceeded},
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
