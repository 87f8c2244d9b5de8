package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/domain/deployment"
)

// TestWaiting_holdsNoActivitySlot lets more deployments wait for their agents than there are activity slots: another
// deployment is not held up, and each that waits goes on when its agent is back.
func TestWaiting_holdsNoActivitySlot(t *testing.T) {
	p := newPlatform(t)
	p.slots = 2
	p.start(t)
	const waiting = 6
	var houses []*activitytest.House
	var ids []string
	for range waiting {
		h := p.house.Neighbour(t)
		h.Agent.Leave()
		houses, ids = append(houses, h), append(ids, h.Request(deployment.Deploy, ""))
	}
	for i, h := range houses {
		h.Await("the wait is shown", func() bool { return h.Deployment(ids[i]).Waiting != "" })
	}
	deployed(t, p.house.Neighbour(t))
	for i, h := range houses {
		require.False(t, h.Deployment(ids[i]).Status.Ended(), "it waits on")
		h.Agent.Return()
	}
	for i, h := range houses {
		require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(ids[i]))
	}
}
