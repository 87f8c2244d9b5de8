package activities_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// shared is a stage whose service has two releases, and its traffic is split between them.
func shared(t *testing.T) (s *stage, split traffic.Split) {
	t.Helper()
	s = newStage(t)
	one, two := s.deployed(), s.deployed()
	split = traffic.Split{{ReleaseID: one, Weight: 9000}, {ReleaseID: two, Weight: 1000}}
	activitytest.Tell(s.House, service.Stream(s.Service), func(s *service.Service) ([]domain.Event, error) {
		return s.ShiftTraffic(split, "dep_canary")
	})
	s.Agent.Reroute(split)
	return s, split
}

// switched is a deployment of a third release that has been given all of the traffic.
func switched(t *testing.T, s *stage) activities.Order {
	t.Helper()
	plan := s.begin(s.Request(deployment.Deploy, ""))
	made, err := do[release.Created](s, "Build", activities.Order{Plan: plan, Call: 1})
	require.NoError(t, err)
	order := activities.Order{Plan: plan, Release: &made, Call: 2}
	_, err = do[struct{}](s, "Switch", order)
	require.NoError(t, err)
	return order
}

func TestDrain_coversEveryReleaseThatLeavesTheSplit(t *testing.T) {
	t.Parallel()
	s, split := shared(t)
	order := switched(t, s)
	require.Equal(t, split, order.Plan.Previous)
	require.Equal(t, split.Releases(), s.TheService().Warm)

	before := len(s.Agent.Commands())
	_, err := do[struct{}](s, "Drain", order)
	require.NoError(t, err)
	drain := "drain " + order.Plan.DeploymentID + "/drain"
	require.ElementsMatch(t, []string{drain, drain + "-2"}, s.Agent.Commands()[before:])
}

func TestRouteBack_splitsTheTrafficAsItWas(t *testing.T) {
	t.Parallel()
	s, split := shared(t)
	order := switched(t, s)
	before := []release.Created{s.Release(split[0].ReleaseID), s.Release(split[1].ReleaseID)}
	_, err := do[struct{}](s, "RouteBack", order, before)
	require.NoError(t, err)
	require.Equal(t, split, s.Agent.Split())
	require.Equal(t, split, s.TheService().Split)
	require.Equal(t, []string{order.Release.ReleaseID}, s.TheService().Warm)
}

func TestRouteBack_changesNothingWhereOneOfTheReleasesIsNotWell(t *testing.T) {
	t.Parallel()
	s, split := shared(t)
	order := switched(t, s)
	s.Agent.Kill(split[1].ReleaseID)
	before := []release.Created{s.Release(split[0].ReleaseID), s.Release(split[1].ReleaseID)}
	_, err := s.env.ExecuteActivity("RouteBack", order, before)
	_, f := failure(t, err)
	require.Equal(t, "no replica runs", f.Reason)
	require.Equal(t, order.Release.ReleaseID, s.Agent.RoutedTo())
}

func TestAbandon_leavesAloneWhatHasTheSmallerShare(t *testing.T) {
	t.Parallel()
	s, split := shared(t)
	small := s.Release(split[1].ReleaseID)
	plan := s.begin(s.Request(deployment.Redeploy, ""))
	_, err := do[struct{}](s, "Abandon", activities.Order{Plan: plan, Release: &small, Last: true})
	require.NoError(t, err)
	require.Equal(t, map[string]int{split[0].ReleaseID: 1, split[1].ReleaseID: 1}, s.Agent.Running())
}

func TestOperate_isAboutEveryReleaseThatHasTraffic(t *testing.T) {
	t.Parallel()
	s, split := shared(t)
	one, two := split[0].ReleaseID, split[1].ReleaseID
	operate := func(kind service.OperationKind, replicas int) error {
		t.Helper()
		ref := activities.OperationRef{
			Organization: s.Org, ServiceID: s.Service, OperationID: s.Operation(kind, replicas), Kind: kind, Replicas: replicas,
		}
		plan, err := do[activities.OperationPlan](s, "PlanOperation", ref)
		require.NoError(t, err)
		_, err = do[struct{}](s, "Operate", activities.OperationOrder{Plan: plan.On(plan.Targets[0]), Last: true})
		return err
	}
	require.NoError(t, operate(service.Scale, 2))
	require.Equal(t, map[string]int{one: 2, two: 2}, s.Agent.Running())
	require.Equal(t, split, s.Agent.Split())
	require.NoError(t, operate(service.Stop, 0))
	require.Empty(t, s.Agent.Running())
	require.NoError(t, operate(service.Start, 0))
	require.Equal(t, map[string]int{one: 2, two: 2}, s.Agent.Running())
	require.Equal(t, split, s.Agent.Split())

	s.Agent.Next("observe", func(context.Context, command) *failureOfAgent {
		s.Agent.Reroute(traffic.All(one))
		return nil
	})
	require.ErrorContains(t, operate(service.Restart, 0), "the edge does not split the traffic as it should")
}
