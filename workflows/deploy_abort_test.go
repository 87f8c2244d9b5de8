package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
)

func TestDeployment_aRouteWithoutAnAnswerIsLookedAtBeforeAnythingIsRemoved(t *testing.T) {
	t.Parallel()
	timedOut := func(int) error { return agentSays("timed_out") }
	cases := map[string]struct {
		arrange func(*rollout)
		reason  string
		did     []string
	}{
		"traffic had not begun to move": {
			func(*rollout) {},
			"as arranged",
			[]string{"switch", "ends failed", "removes new"},
		},
		"the edge still points at the old release": {
			func(r *rollout) { r.begun = true },
			"as arranged",
			[]string{"switch", "look at the edge", "ends failed", "removes new"},
		},
		"the edge points at the new release: the traffic is given back": {
			func(r *rollout) { r.begun, r.edge = true, "new" },
			"as arranged; the edge pointed at release 2 all the same; release 1 takes the traffic again",
			[]string{"switch", "look at the edge", "route back", "ends failed", "removes new"},
		},
		"the edge points at the first release": {
			func(r *rollout) { r.begun, r.edge, r.plan.Previous = true, "new", nil },
			"as arranged; the edge pointed at release 2 all the same; there is no other release to give the traffic to",
			[]string{"switch", "look at the edge", "ends failed", "removes new"},
		},
		"the edge cannot be asked": {
			func(r *rollout) { r.begun, r.look = true, func(int) error { return agentSays("timed_out") } },
			"as arranged; it is not known whether release 2 takes the traffic (as arranged): " +
				"its replicas are left to the agent's reconciliation",
			[]string{"switch", "look at the edge", "ends failed", "removes new"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRollout(t, deployment.Deploy)
			r.shift = timedOut
			c.arrange(r)
			require.Equal(t, deployment.StatusFailed, r.run(t).Status)
			require.Equal(t, activities.Failure{Code: "timed_out", Reason: c.reason}, r.ended.Failure)
			require.Equal(t, c.did, r.did[2:], "after the build and its slot")
		})
	}
}

func TestDeployment_anAgentLostDuringTheRouteIsToldHonestly(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.begun = true
	r.shift = func(int) error {
		r.mu.Lock()
		r.online = false
		r.mu.Unlock()
		return temporal.NewTimeoutError(enums.TIMEOUT_TYPE_HEARTBEAT, nil)
	}
	require.Equal(t, deployment.StatusFailed, r.run(t).Status)
	require.Equal(t, "agent_lost", r.ended.Code)
	require.Contains(t, r.ended.Reason, "it is not known whether release 2 takes the traffic (the agent is offline)")
	require.NotContains(t, r.did, "removes new", "what may be serving is not removed")
}

func TestDeployment_anOperatorWhoCancelsDuringTheRouteIsToldWhereTheTrafficIs(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.begun, r.edge, r.plan.Previous = true, "new", nil
	r.shift = func(int) error { return errAway } // so that it waits between two tries
	r.env.RegisterDelayedCallback(r.env.CancelWorkflow, 2*time.Second)
	require.Equal(t, deployment.StatusFailed, r.run(t).Status)
	require.Equal(t, activities.Failure{Code: "interrupted", Reason: "the deployment was interrupted while it moved the traffic; " +
		"the edge pointed at release 2 all the same; there is no other release to give the traffic to"}, r.ended.Failure)
}

func TestDeployment_anOperatorWhoCancelsAfterTheRouteIsToldWhereTheTrafficIs(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.verify = func(int) error { return errAway }
	r.env.RegisterDelayedCallback(r.env.CancelWorkflow, 2*time.Second)
	require.Equal(t, deployment.StatusFailed, r.run(t).Status)
	require.Equal(t, activities.Failure{Code: "interrupted", Reason: "the deployment was interrupted after it had moved the traffic; release 2 takes the traffic"},
		r.ended.Failure)
}
