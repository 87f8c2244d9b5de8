package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// planned begins a deployment, and returns its plan for all of its servers.
func (s *stage) planned(id string) activities.Plan {
	s.t.Helper()
	plan, err := do[activities.Plan](s, "Begin", s.ref(id))
	require.NoError(s.t, err)
	return plan
}

// on is the order for the piece of a plan that begins with a step on a server.
func on(plan activities.Plan, step, serverID string) activities.Order {
	o := activities.Order{Plan: plan.On(serverID), Release: plan.Target, Call: 1}
	for _, s := range plan.Steps {
		if s.ID == step {
			o.At = s.Index
		}
	}
	return o
}

// verified is the status that the deployment ends with, if it ends with the verdict on one server.
func (s *stage) verified(o activities.Order) deployment.Status {
	s.t.Helper()
	res, err := s.env.ExecuteActivity("Verify", o, "")
	require.NoError(s.t, err)
	var ended activities.Ended
	require.NoError(s.t, res.Get(&ended))
	return ended.Status
}

func TestPlacement_movesTheLiveReleaseAndEndsWhatItLeaves(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	live := s.deployed()
	second, agent := s.AddServer(t, "second")

	// When the move begins, both servers have the service on their lists
	plan := s.planned(s.RequestPlacement(second))
	require.Equal(t, []string{second}, plan.Added)
	require.Equal(t, []string{s.Service}, s.Members(second))

	// and the release is started there and given the traffic
	_, err := do[struct{}](s, "Switch", on(plan, "start", second))
	require.NoError(t, err)
	require.Equal(t, map[string]int{live: 1}, agent.Running())
	require.Equal(t, traffic.All(live), agent.Split())
	require.Equal(t, service.On(second), s.TheService().Placement)

	// and taken away from the first
	_, err = do[struct{}](s, "Drain", on(plan, "drain", s.Server))
	require.NoError(t, err)
	drain, sent := activitytest.Sent[wire.Drain](s.Agent, wire.KindDrain)
	require.True(t, sent)
	require.True(t, drain.Unroute)
	require.Equal(t, peerWith(second, live, 1), drain.Peers, "its edge passes on what still comes")
	require.Equal(t, map[string]int{live: 1}, s.Agent.Running())
	leave := on(plan, "remove", s.Server)
	_, err = do[struct{}](s, "Remove", leave)
	require.NoError(t, err)
	require.Empty(t, s.Agent.Running())
	stop, sent := activitytest.Sent[wire.Stop](s.Agent, wire.KindStop)
	require.True(t, sent)
	require.True(t, stop.Unroute && stop.Remove)
	require.Equal(t, peerWith(second, live, 1), stop.Peers)
	_, err = do[struct{}](s, "Leave", leave, "")
	require.NoError(t, err)
	require.Empty(t, s.Members(s.Server))

	// Then it has succeeded, by what is seen on the second
	require.Equal(t, deployment.StatusSucceeded, s.verified(on(plan, "verify", second)))
	require.Equal(t, []string{s.Service}, s.Members(second))
}

func TestPlacement_onSeveralServersIsRecordedByTheLast(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	live := s.deployed()
	second, agent := s.AddServer(t, "second")
	plan := s.planned(s.RequestPlacement(s.Server, second))
	for _, id := range []string{s.Server, second} {
		_, err := do[struct{}](s, "Prepare", on(plan, "start@"+id, id))
		require.NoError(t, err)
	}
	_, err := do[struct{}](s, "Shift", on(plan, "shift@"+s.Server, s.Server))
	require.NoError(t, err)
	require.Equal(t, service.On(s.Server), s.TheService().Placement, "the second edge has not moved yet")
	_, err = do[struct{}](s, "Shift", on(plan, "shift@"+second, second))
	require.NoError(t, err)
	require.Equal(t, service.On(s.Server, second), s.TheService().Placement)

	require.Empty(t, s.verified(on(plan, "verify@"+s.Server, s.Server)), "the second was not looked at yet")
	require.Equal(t, deployment.StatusSucceeded, s.verified(on(plan, "verify@"+second, second)))
	require.Equal(t, map[string]int{live: 1}, agent.Running())
}

func TestPlacement_ofAServiceWithoutAReleaseIsDoneAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	second, _ := s.AddServer(t, "second")
	plan := s.planned(s.RequestPlacement(second))
	require.Equal(t, deployment.StatusSucceeded, plan.Ended)
	require.Equal(t, service.On(second), s.TheService().Placement)
	require.Equal(t, []string{s.Service}, s.Members(second))
	require.Empty(t, s.Members(s.Server))
	require.Empty(t, s.Agent.Commands())
}

func TestPlacement_thatFailsTakesTheServiceOffTheListsItWasPutOn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.deployed()
	second, _ := s.AddServer(t, "second")
	plan := s.planned(s.RequestPlacement(s.Server, second))
	require.Equal(t, []string{s.Service}, s.Members(second))
	end := activities.End{DeploymentRef: s.ref(plan.DeploymentID), Status: deployment.StatusFailed}
	_, err := do[activities.Ended](s, "EndDeployment", end)
	require.NoError(t, err)
	require.Empty(t, s.Members(second))
	require.Equal(t, service.On(s.Server), s.TheService().Placement)
}

func TestPlacement_isRefusedWhereItCannotBeCarriedOut(t *testing.T) {
	t.Parallel()
	for reason, arrange := range map[string]func(s *stage){
		"stopped": func(s *stage) {
			s.deployed()
			id := s.Operation(service.Stop, 0)
			activitytest.Tell(s.House, service.Stream(s.Service), func(svc *service.Service) ([]domain.Event, error) {
				return svc.EndOperation(id, service.Stop, 0, "")
			})
		},
		"traffic_split": func(s *stage) {
			split := traffic.Split{{ReleaseID: s.deployed(), Weight: 9000}, {ReleaseID: s.deployed(), Weight: 1000}}
			activitytest.Tell(s.House, service.Stream(s.Service), func(svc *service.Service) ([]domain.Event, error) {
				return svc.ShiftTraffic(split, "dep_canary")
			})
		},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			arrange(s)
			second, _ := s.AddServer(t, "second")
			_, err := s.env.ExecuteActivity("Begin", s.ref(s.RequestPlacement(second)))
			_, f := failure(t, err)
			require.Equal(t, reason, f.Code)
			require.Empty(t, s.Members(second))
		})
	}
}
