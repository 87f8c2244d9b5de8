package activities_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
	"go.temporal.io/sdk/testsuite"
)

// stage runs activities on a house, as a worker would.
type stage struct {
	*activitytest.House
	t   *testing.T
	env *testsuite.TestActivityEnvironment
	// asked counts requests for build slots.
	asked []activities.SlotRequest
}

func newStage(t *testing.T, configure ...func(*service.Config)) *stage {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	s := &stage{House: activitytest.NewHouse(t, configure...), t: t, env: suite.NewTestActivityEnvironment()}
	s.env.RegisterActivity(&activities.Facts{Log: s.Log})
	s.env.RegisterActivity(&activities.Plans{Log: s.Log, Locate: s.Fleet.Locate, Slots: s})
	s.env.RegisterActivity(&activities.Fleet{Locate: s.Fleet.Locate})
	s.env.RegisterActivity(&activities.Agents{Hub: s.Fleet, Vault: s.Vault, Log: s.Log, Locate: s.Fleet.Locate, Patience: 1})
	return s
}

// RequestSlot stands in for the build queue.
func (s *stage) RequestSlot(_ context.Context, r activities.SlotRequest) error {
	s.asked = append(s.asked, r)
	return nil
}

// do runs an activity twice, as after a crash before its answer was kept: the second time must change nothing.
func do[T any](s *stage, name string, args ...any) (out T, err error) {
	s.t.Helper()
	once := func() (T, error) {
		var v T
		res, err := s.env.ExecuteActivity(name, args...)
		if err == nil && res.HasValue() {
			require.NoError(s.t, res.Get(&v))
		}
		return v, err
	}
	first, err := once()
	head, _ := s.Log.Head(s.t.Context())
	again, errAgain := once()
	require.Equal(s.t, err == nil, errAgain == nil, "%s the second time: %v", name, errAgain)
	now, _ := s.Log.Head(s.t.Context())
	require.Equal(s.t, head, now, "%s the second time wrote to the log", name)
	require.Equal(s.t, first, again)
	return first, err
}

func (s *stage) ref(id string) activities.DeploymentRef {
	return activities.DeploymentRef{Organization: s.Org, ServiceID: s.Service, DeploymentID: id}
}

func (s *stage) begin(id string) activities.Plan {
	s.t.Helper()
	plan, err := do[activities.Plan](s, "Begin", s.ref(id))
	require.NoError(s.t, err)
	return plan.On(s.Server)
}

// deployed takes a new deployment through all its activities.
func (s *stage) deployed() (releaseID string) {
	s.t.Helper()
	plan := s.begin(s.Request(deployment.Deploy, ""))
	made, err := do[release.Created](s, "Build", activities.Order{Plan: plan, Call: 1})
	require.NoError(s.t, err)
	s.shifted(plan, made)
	return made.ReleaseID
}

func (s *stage) shifted(plan activities.Plan, rel release.Created) {
	s.t.Helper()
	order := activities.Order{Plan: plan, Release: &rel, Call: 2}
	_, err := do[struct{}](s, "Switch", order)
	require.NoError(s.t, err)
	require.Equal(s.t, rel.ReleaseID, s.TheService().Live(), "who takes the traffic is on record as soon as it was routed")
	skipped := "nothing to drain"
	if len(plan.Previous) > 0 {
		skipped = ""
		_, err = do[struct{}](s, "Drain", order)
		require.NoError(s.t, err)
	}
	var ended activities.Ended
	order.At = len(plan.Steps) - 1 // where the workflow stands then
	res, err := s.env.ExecuteActivity("Verify", order, skipped)
	require.NoError(s.t, err)
	require.NoError(s.t, res.Get(&ended))
	require.Equal(s.t, deployment.StatusSucceeded, ended.Status)
}

func failure(t *testing.T, err error) (kind string, f activities.Failure) {
	t.Helper()
	require.Error(t, err)
	return activities.FailureOf(err)
}

func TestDeploy_eachActivityMayRunTwice(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.Set(map[string]string{"A": "1"})
	one := s.deployed()
	s.Set(map[string]string{"A": "2"})
	two := s.deployed()
	require.Equal(t, []int{1, 2}, []int{s.Release(one).Number, s.Release(two).Number})
	require.Equal(t, []int{1, 2}, []int{s.Release(one).EnvVersion, s.Release(two).EnvVersion})
	require.Equal(t, map[string]string{"A": "1"}, s.Agent.Env(one))
	require.Equal(t, map[string]string{"A": "2"}, s.Agent.Env(two))
	require.Equal(t, []string{one}, s.TheService().Warm)
	require.Len(t, s.asked, 4, "asking for a slot again is harmless")
}

func TestRollback_restoresTheReleaseWhole(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(c *service.Config) { c.Run.MemoryMB, c.Run.Replicas, c.Health.Path = 64, 2, "/old" })
	s.Set(map[string]string{"A": "1"})
	one := s.deployed()
	s.Set(map[string]string{"A": "2"})
	activitytest.Tell(s.House, service.Stream(s.Service), func(svc *service.Service) ([]domain.Event, error) {
		return svc.Configure(service.Config{Run: service.Run{MemoryMB: 128}, Health: service.Health{Path: "/new"}, Domains: []string{"shop.example.com"}}, 0)
	})
	s.deployed()

	plan := s.begin(s.Request(deployment.Rollback, one))
	require.Equal(t, 2, plan.Replicas)
	s.shifted(plan, *plan.Target)
	start, _ := activitytest.Sent[wireStart](s.Agent, "start")
	require.Equal(t, wireStart{Release: one, MemoryMB: 64, Replicas: 2, Env: map[string]string{"A": "1"}, Health: wireHealth{Path: "/old"}}, start)
	route, _ := activitytest.Sent[wireRoute](s.Agent, "route")
	require.Equal(t, []string{"web-shop.localhost", "shop.example.com"}, route.Hosts, "names belong to the service, not to the release")
	require.True(t, s.TheService().Frozen)
}

// What of a command a test looks at.
type (
	wireHealth struct {
		Path string `json:"path"`
	}
	wireStart struct {
		Release  string            `json:"release"`
		MemoryMB int               `json:"memory_mb"`
		Replicas int               `json:"replicas"`
		Env      map[string]string `json:"env"`
		Health   wireHealth        `json:"health"`
	}
	wireRoute struct {
		Hosts []string `json:"hosts"`
	}
)

func TestBegin_refusesWhatCannotBeDoneAnyMore(t *testing.T) {
	t.Parallel()
	cases := map[string]func(*stage) (id string){
		"service_deleted": func(s *stage) string {
			id := s.Request(deployment.Deploy, "")
			activitytest.Tell(s.House, service.Stream(s.Service), func(svc *service.Service) ([]domain.Event, error) { return svc.Delete() })
			return id
		},
		"server_removed": func(s *stage) string {
			activitytest.Tell(s.House, server.Stream(s.Server), func(srv *server.Server) ([]domain.Event, error) { return srv.Remove() })
			return s.Request(deployment.Deploy, "")
		},
		"no_release": func(s *stage) string { return s.Request(deployment.Rollback, "rel_unknown") },
		"not_found":  func(*stage) string { return "dep_unknown" },
	}
	for code, arrange := range cases {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			id := arrange(s)
			_, err := s.env.ExecuteActivity("Begin", s.ref(id))
			kind, f := failure(t, err)
			require.Equal(t, activities.ErrTypeRefused, kind)
			require.Equal(t, code, f.Code)
			require.NotEmpty(t, f.Reason)
			require.Empty(t, s.asked)
		})
	}
	t.Run("a release of another service", func(t *testing.T) {
		t.Parallel()
		s := newStage(t)
		one := s.deployed()
		other := s.Sibling(t)
		_, err := s.env.ExecuteActivity("Begin", activities.DeploymentRef{Organization: s.Org, ServiceID: other.Service, DeploymentID: other.Request(deployment.Rollback, one)})
		_, f := failure(t, err)
		require.Equal(t, "no_release", f.Code)
	})
}

func TestBegin_anAgentThatIsAwayIsAskedForNoBuildSlot(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.Agent.Leave()
	plan := s.begin(s.Request(deployment.Deploy, ""))
	require.False(t, plan.Targets[0].Location.Online)
	require.False(t, plan.SlotRequested)
	require.Empty(t, s.asked)
}

func TestBegin_whatEndedOrWasCancelledIsNotBegun(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.Request(deployment.Deploy, "")
	s.Cancel(id)
	require.True(t, s.begin(id).Cancel)
	_, err := s.env.ExecuteActivity("EndDeployment", activities.End{DeploymentRef: s.ref(id), Status: deployment.StatusCancelled})
	require.NoError(t, err)
	require.Equal(t, deployment.StatusCancelled, s.begin(id).Ended)
	require.Equal(t, []string{"requested", "cancel_requested", "cancelled"}, s.Story(deployment.Stream(id)))
}

func TestSwitch_aCancellationAndTheRouteCannotBothWin(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	old := s.deployed()
	plan := s.begin(s.Request(deployment.Deploy, ""))
	made, err := do[release.Created](s, "Build", activities.Order{Plan: plan, Call: 1})
	require.NoError(t, err)
	s.Agent.Next("health", func(context.Context, command) *failureOfAgent {
		s.Cancel(plan.DeploymentID) // at the last moment
		return nil
	})
	_, err = s.env.ExecuteActivity("Switch", activities.Order{Plan: plan, Release: &made, Call: 2})
	kind, _ := failure(t, err)
	require.Equal(t, activities.ErrTypeCancelled, kind)
	require.Equal(t, old, s.Agent.RoutedTo())

	_, err = s.env.ExecuteActivity("Abandon", activities.Order{Plan: plan, Release: &made, Last: true})
	require.NoError(t, err)
	require.Equal(t, map[string]int{old: 1}, s.Agent.Running())
}

func TestSwitch_repeated_looksWhereTheEdgePoints(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	old := s.deployed()
	plan := s.begin(s.Request(deployment.Deploy, ""))
	made, err := do[release.Created](s, "Build", activities.Order{Plan: plan, Call: 1})
	require.NoError(t, err)
	order := activities.Order{Plan: plan, Release: &made, Call: 2}
	_, err = s.env.ExecuteActivity("Switch", order)
	require.NoError(t, err)
	s.Agent.Reroute(traffic.All(old)) // a reconciliation that did not know yet
	order.Call, order.Repeated = 3, true
	_, err = s.env.ExecuteActivity("Switch", order)
	require.NoError(t, err)
	require.Equal(t, made.ReleaseID, s.Agent.RoutedTo(), "the journal's old answer is not believed")
}

func TestVerify_succeedsOnlyByWhatIsSeen(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	plan := s.begin(s.Request(deployment.Deploy, ""))
	made, err := do[release.Created](s, "Build", activities.Order{Plan: plan, Call: 1})
	require.NoError(t, err)
	order := activities.Order{Plan: plan, Release: &made, Call: 2}
	_, err = do[struct{}](s, "Switch", order)
	require.NoError(t, err)

	other := made
	other.Artifact.Digest = "sha256:another"
	_, err = s.env.ExecuteActivity("Verify", activities.Order{Plan: plan, Release: &other, Call: 3}, "")
	kind, f := failure(t, err)
	require.Equal(t, activities.ErrTypeUnverified, kind)
	require.Contains(t, f.Reason, "instead of sha256:another")

	s.Agent.Kill(made.ReleaseID)
	order.Call = 4
	_, err = s.env.ExecuteActivity("Verify", order, "")
	_, f = failure(t, err)
	require.Equal(t, "0 of 1 replicas run", f.Reason)
	require.False(t, s.Deployment(plan.DeploymentID).Status.Ended())
}

func TestBuild_readsOnlyTheVariablesThatTheSettingsName(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(c *service.Config) { c.Build.Secrets = []string{"NPM_TOKEN"} })
	plan := s.begin(s.Request(deployment.Deploy, ""))
	_, err := s.env.ExecuteActivity("Build", activities.Order{Plan: plan, Call: 1})
	_, f := failure(t, err)
	require.Equal(t, "no_variable", f.Code)
	require.Contains(t, f.Reason, "NPM_TOKEN")

	s.Set(map[string]string{"NPM_TOKEN": "hush-1", "OTHER": "hush-2"})
	plan = s.begin(s.Request(deployment.Deploy, ""))
	_, err = s.env.ExecuteActivity("Build", activities.Order{Plan: plan, Call: 1})
	require.NoError(t, err)
	sent, _ := activitytest.Sent[struct {
		Secrets map[string]string `json:"secrets"`
	}](s.Agent, "build")
	require.Equal(t, map[string]string{"NPM_TOKEN": "hush-1"}, sent.Secrets)
}

func TestAgents_anAgentThatIsNotHereIsLookedForAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	plan := s.begin(s.Request(deployment.Deploy, ""))
	s.Agent.Leave()
	_, err := s.env.ExecuteActivity("Build", activities.Order{Plan: plan, Call: 1})
	kind, _ := failure(t, err)
	require.Equal(t, activities.ErrTypeAway, kind)
}

func TestRetire_leavesAloneWhatCameBack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one := s.deployed()
	two := s.deployed()
	plan, err := do[activities.OperationPlan](s, "PlanRemoval", s.Org, s.Service)
	require.NoError(t, err)
	_, err = do[struct{}](s, "Retire", activities.Retirement{Plan: plan.On(plan.Targets[0]), ReleaseID: two, Last: true, Key: "1"})
	require.NoError(t, err)
	require.Equal(t, map[string]int{one: 1, two: 1}, s.Agent.Running(), "the live release is never retired")
	_, err = do[struct{}](s, "Retire", activities.Retirement{Plan: plan.On(plan.Targets[0]), ReleaseID: one, Last: true, Key: "2"})
	require.NoError(t, err)
	require.Equal(t, map[string]int{two: 1}, s.Agent.Running())
	require.Empty(t, s.TheService().Warm)
}

func TestAbandon_leavesAloneWhatServesOrIsWarm(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one := s.deployed()
	two := s.deployed()
	plan := s.begin(s.Request(deployment.Rollback, one))
	_, err := do[struct{}](s, "Abandon", activities.Order{Plan: plan, Release: plan.Target, Last: true})
	require.NoError(t, err)
	live := s.Release(two)
	plan.Target = nil
	_, err = do[struct{}](s, "Abandon", activities.Order{Plan: plan, Release: &live, Last: true})
	require.NoError(t, err)
	require.Equal(t, map[string]int{one: 1, two: 1}, s.Agent.Running())
}

func TestRouteBack_givesTheTrafficBackAndSaysSo(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one := s.deployed()
	plan := s.begin(s.Request(deployment.Deploy, ""))
	made, err := do[release.Created](s, "Build", activities.Order{Plan: plan, Call: 1})
	require.NoError(t, err)
	order := activities.Order{Plan: plan, Release: &made, Call: 2}
	_, err = do[struct{}](s, "Switch", order)
	require.NoError(t, err)
	_, err = do[struct{}](s, "RouteBack", order, []release.Created{s.Release(one)})
	require.NoError(t, err)
	require.Equal(t, one, s.TheService().Live())
	require.Equal(t, one, s.Agent.RoutedTo())
	order.Last = true
	_, err = do[struct{}](s, "Abandon", order)
	require.NoError(t, err)
	require.Equal(t, map[string]int{one: 1}, s.Agent.Running())
	require.Empty(t, s.TheService().Warm, "the release that was not kept is on record as gone")
}

func TestOperate_isRecordedByWhatIsSeen(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	live := s.deployed()
	operate := func(kind service.OperationKind, replicas int) error {
		t.Helper()
		id := s.Operation(kind, replicas)
		plan, err := do[activities.OperationPlan](s, "PlanOperation", activities.OperationRef{Organization: s.Org, ServiceID: s.Service, OperationID: id, Kind: kind, Replicas: replicas})
		if err != nil {
			return err
		}
		_, err = do[struct{}](s, "Operate", activities.OperationOrder{Plan: plan.On(plan.Targets[0]), Last: true})
		return err
	}
	require.NoError(t, operate(service.Scale, 2))
	require.Equal(t, map[string]int{live: 2}, s.Agent.Running())
	require.NoError(t, operate(service.Restart, 0))
	require.NoError(t, operate(service.Stop, 0))
	require.Empty(t, s.Agent.Running())
	require.NoError(t, operate(service.Scale, 3))
	require.Empty(t, s.Agent.Running(), "a stopped service stays stopped")
	require.ErrorContains(t, operate(service.Restart, 0), "stopped")
	require.NoError(t, operate(service.Start, 0))
	require.Equal(t, map[string]int{live: 3}, s.Agent.Running())
	require.Equal(t, live, s.Agent.RoutedTo())

	s.Agent.Next("observe", func(context.Context, command) *failureOfAgent {
		s.Agent.Kill(live)
		return nil
	})
	id := s.Operation(service.Restart, 0)
	plan, err := do[activities.OperationPlan](s, "PlanOperation", activities.OperationRef{Organization: s.Org, ServiceID: s.Service, OperationID: id, Kind: service.Restart})
	require.NoError(t, err)
	_, err = s.env.ExecuteActivity("Operate", activities.OperationOrder{Plan: plan.On(plan.Targets[0]), Last: true})
	_, f := failure(t, err)
	require.Equal(t, "0 of 3 replicas run", f.Reason)
}

func TestFailure_disturbancesAreNotTakenForDecisions(t *testing.T) {
	t.Parallel()
	kind, _ := activities.FailureOf(errors.New("connection refused"))
	require.Empty(t, kind)
}
