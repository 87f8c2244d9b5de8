package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// spread is a rollout on servers a and b. What each server's agent does is noted with its name.
type spread struct {
	*rollout
	// fail is the one piece of work that fails, as "shift on b".
	fail string
	// held are the servers that have the artifact; "" is the registry.
	held []string
}

func newSpread(t *testing.T, kind deployment.Kind, left ...string) *spread {
	t.Helper()
	s := &spread{rollout: newRollout(t, kind), held: []string{"a"}}
	on := []string{"a", "b"}
	steps, err := deployment.PlanOf(deployment.Requested{Kind: kind}, deployment.Where{On: on, Left: left})
	require.NoError(t, err)
	s.plan.Steps, s.plan.Targets, s.plan.BuildOn, s.plan.Target.BuiltOn = deployment.Refs(steps), nil, "a", "a"
	for _, id := range on {
		s.plan.Targets = append(s.plan.Targets, activities.Target{ServerID: id, ServerName: id, Replicas: 1})
	}
	for _, id := range left {
		s.plan.Left = append(s.plan.Left, activities.Target{ServerID: id, ServerName: id})
	}
	piece := func(name string) func(context.Context, activities.Order) error {
		return func(_ context.Context, o activities.Order) error {
			what := name + " on " + o.Plan.ServerID
			s.note("%s", what)
			if what == s.fail {
				return agentSays("timed_out")
			}
			if name == "shift" {
				s.edges[o.Plan.ServerID] = o.Release.ReleaseID
			}
			return nil
		}
	}
	any1, any2, any3 := mock.Anything, mock.Anything, mock.Anything
	s.env.OnActivity("Prepare", any1, any2).Return(piece("prepare"))
	s.env.OnActivity("Shift", any1, any2).Return(piece("shift"))
	s.env.OnActivity("Remove", any1, any2).Return(piece("remove"))
	s.draining.Return(piece("drain"))
	s.env.OnActivity("LocateArtifact", any1, any2, any3).Return(func(context.Context, string, string) (at []artifact.Location, _ error) {
		for _, server := range s.held {
			at = append(at, artifact.Location{Server: server})
		}
		return at, nil
	})
	s.env.OnActivity("PushArtifact", any1, any2).Return(func(_ context.Context, t activities.Transfer) (wire.ArtifactPushed, error) {
		s.note("push from %s", t.ServerID)
		s.held = append(s.held, "")
		return wire.ArtifactPushed{}, nil
	})
	s.env.OnActivity("PullArtifact", any1, any2).Return(func(_ context.Context, t activities.Transfer) (wire.ArtifactPulled, error) {
		s.note("pull to %s", t.ServerID)
		return wire.ArtifactPulled{}, nil
	})
	s.env.OnActivity("Leave", any1, any2, any3).Return(func(_ context.Context, o activities.Order, skipped string) error {
		s.note("leave %s %s", o.Plan.ServerID, skipped)
		return nil
	})
	return s
}

func TestDeployment_onSeveralServersTrafficMovesOnceAllAreHealthy(t *testing.T) {
	t.Parallel()
	s := newSpread(t, deployment.Deploy)
	s.env.OnSignalExternalWorkflow(mock.Anything, "build-queue/a", mock.Anything, activities.SignalRelease, mock.Anything).
		Return(func(string, string, string, string, any) error {
			s.note("gives the slot back")
			return nil
		})
	require.Equal(t, deployment.StatusSucceeded, s.run(t).Status)
	require.Equal(t, []string{
		"build", "gives the slot back", "prepare on a", "push from a", "pull to b", "prepare on b", "shift on a", "shift on b",
		"drain on a", "drain on b", "verify", "verify",
	}, s.did)
}

func TestDeployment_aServerThatIsAwayKeepsTrafficWhereItIs(t *testing.T) {
	t.Parallel()
	s := newSpread(t, deployment.Redeploy)
	s.away = "b"
	s.env.OnActivity("RecordRedeploy", mock.Anything, mock.Anything).Return(release.Created{ReleaseID: "new", Number: 2, BuiltOn: "a"}, nil)
	require.Equal(t, deployment.StatusFailed, s.run(t).Status)
	require.Equal(t, "agent_offline", s.ended.Code)
	require.NotContains(t, s.did, "shift on a")
	require.Equal(t, "removes new", s.did[len(s.did)-1], "what was started on the other server is removed")
}

func TestDeployment_aShiftThatFailsOnOneServerIsTakenBackOnTheOthers(t *testing.T) {
	t.Parallel()
	s := newSpread(t, deployment.Redeploy)
	s.begun, s.fail = true, "shift on b"
	s.env.OnActivity("RecordRedeploy", mock.Anything, mock.Anything).Return(release.Created{ReleaseID: "new", Number: 2, BuiltOn: "a"}, nil)
	require.Equal(t, deployment.StatusFailed, s.run(t).Status)
	require.Equal(t, "as arranged; the edge pointed at release 2 all the same; release 1 takes the traffic again", s.ended.Reason)
	require.Equal(t, []string{"look at the edge", "look at the edge", "route back", "ends failed", "removes new", "removes new"},
		s.did[len(s.did)-6:])
}

func TestPlacement_endsOnTheServersThatAreLeft(t *testing.T) {
	t.Parallel()
	s := newSpread(t, deployment.Place, "c")
	s.held = []string{"a", "b"}
	require.Equal(t, deployment.StatusSucceeded, s.run(t).Status)
	require.Equal(t, []string{
		"prepare on a", "prepare on b", "shift on a", "shift on b", "drain on c", "remove on c", "leave c ", "verify", "verify",
	}, s.did)
}

func TestPlacement_aServerThatIsLeftAndAwayHoldsNothingUp(t *testing.T) {
	t.Parallel()
	s := newSpread(t, deployment.Place, "c")
	s.away = "c"
	require.Equal(t, deployment.StatusSucceeded, s.run(t).Status)
	require.Contains(t, s.did, `leave c server "c" was offline for 10s: start its agent and try again`)
	require.NotContains(t, s.did, "remove on c")
}

func TestPlacement_thatCannotBeCarriedOutLeavesTheServiceWhereItWas(t *testing.T) {
	t.Parallel()
	s := newSpread(t, deployment.Place, "c")
	s.plan.Added, s.fail, s.held = []string{"b"}, "prepare on b", []string{"a", "b"}
	s.plan.Previous = traffic.All(s.plan.Target.ReleaseID)
	require.Equal(t, deployment.StatusFailed, s.run(t).Status)
	require.Equal(t, "as arranged; the service stays where it was", s.ended.Reason)
	require.Equal(t, []string{"prepare on a", "prepare on b", "remove on b", "ends failed"}, s.did,
		"nothing is removed where the service was before")
}

func TestPlacement_thatFailsOnceTrafficHasMovedStays(t *testing.T) {
	t.Parallel()
	s := newSpread(t, deployment.Place, "c")
	s.plan.Added, s.verify = []string{"b"}, func(int) error { return agentSays("timed_out") }
	require.Equal(t, deployment.StatusFailed, s.run(t).Status)
	require.Contains(t, s.ended.Reason, "the service runs on the servers that were asked for")
	require.NotContains(t, s.did, "remove on b")
}
