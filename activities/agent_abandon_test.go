package activities_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// routesWithoutAnswer moves the edge as it is told, and answers that the time was over.
func routesWithoutAnswer(a *activitytest.Agent) activitytest.Hook {
	return func(_ context.Context, cmd command) *failureOfAgent {
		var to wire.Route
		if err := json.Unmarshal(cmd.Data, &to); err != nil {
			return &failureOfAgent{Code: "internal", Message: err.Error()}
		}
		a.Reroute(to.Shares)
		return &failureOfAgent{Code: "timed_out", Message: "no answer from the edge"}
	}
}

// timedOutAtTheRoute is a deployment whose route command moved the edge and gave no answer.
func timedOutAtTheRoute(t *testing.T) (s *stage, old string, o activities.Order) {
	t.Helper()
	s = newStage(t)
	old = s.deployed()
	plan := s.begin(s.Request(deployment.Deploy, ""))
	made, err := do[release.Created](s, "Build", activities.Order{Plan: plan, Call: 1})
	require.NoError(t, err)
	o = activities.Order{Plan: plan, Release: &made, Call: 2, Last: true}
	begun, err := do[bool](s, "TrafficBegun", s.ref(plan.DeploymentID))
	require.NoError(t, err)
	require.False(t, begun)
	s.Agent.Next("route", routesWithoutAnswer(s.Agent))
	_, err = s.env.ExecuteActivity("Switch", o)
	_, f := failure(t, err)
	require.Equal(t, "timed_out", f.Code)
	begun, err = do[bool](s, "TrafficBegun", s.ref(plan.DeploymentID))
	require.NoError(t, err)
	require.True(t, begun)
	require.Equal(t, old, s.TheService().Live(), "the log does not know of the route")
	return s, old, o
}

func TestAbandon_leavesAloneWhatTheEdgePointsAt(t *testing.T) {
	t.Parallel()
	s, old, o := timedOutAtTheRoute(t)
	at, err := do[activities.Traffic](s, "LookAtTraffic", o)
	require.NoError(t, err)
	require.Equal(t, traffic.All(o.Release.ReleaseID), at.Split)

	_, err = do[struct{}](s, "Abandon", o)
	require.NoError(t, err)
	require.Equal(t, map[string]int{old: 1, o.Release.ReleaseID: 1}, s.Agent.Running())

	_, err = do[struct{}](s, "RouteBack", o, []release.Created{s.Release(old)})
	require.NoError(t, err)
	_, err = do[struct{}](s, "Abandon", o)
	require.NoError(t, err)
	require.Equal(t, map[string]int{old: 1}, s.Agent.Running())
}

func TestAbandon_removesNothingWhereTheEdgeCannotBeAsked(t *testing.T) {
	t.Parallel()
	s, old, o := timedOutAtTheRoute(t)
	s.Agent.Next("observe", activitytest.Fail("internal", "the edge does not answer"))
	_, err := s.env.ExecuteActivity("Abandon", o)
	_, f := failure(t, err)
	require.Equal(t, "the edge does not answer", f.Reason)
	require.Equal(t, map[string]int{old: 1, o.Release.ReleaseID: 1}, s.Agent.Running())
}
