package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain/deployment"
)

func TestDeployment_twoShortBreaksFarApartDoNotFailIt(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.building.After(12 * time.Minute) // longer than the agent may be away
	r.build = func(call int) error {
		if call < 3 {
			return errAway
		}
		return nil
	}
	require.Equal(t, deployment.StatusSucceeded, r.run(t).Status)
	require.Equal(t, 3, r.calls["build"])
	require.Greater(t, r.took(), 24*time.Minute, "the breaks were that far apart")
}

func TestDeployment_anAgentThatIsFoundOnlineAgainIsNotAway(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.shift = func(call int) error {
		if call < 4 {
			r.leave(patience * time.Second * 2 / 3) // three times: more than the patience together
			return errAway
		}
		return nil
	}
	require.Equal(t, deployment.StatusSucceeded, r.run(t).Status)
	require.Greater(t, r.took(), patience*time.Second*3/2)
}

func TestDeployment_anAgentThatFlapsForEverIsLost(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.building.After(time.Minute)
	r.build = func(int) error { return errAway }
	require.Equal(t, deployment.StatusFailed, r.run(t).Status)
	require.Equal(t, "agent_lost", r.ended.Code)
	require.Less(t, r.calls["build"], 150, "its history stays short")
}

func TestDeployment_waitingForAnAgentHoldsNoActivitySlot(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.leave(patience * time.Second / 2)
	require.Equal(t, deployment.StatusSucceeded, r.run(t).Status)
	require.Greater(t, r.looks, 10, "each look returns at once: the server waits between two of them")
	require.Less(t, r.took(), patience*time.Second/2+10*time.Second, "the agent's return is noticed soon")
}
