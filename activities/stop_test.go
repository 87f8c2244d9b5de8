package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/service"
)

func TestStop_givesRequestsUnderWayTheTimeOfADrain(t *testing.T) {
	t.Parallel()
	configure := func(c *service.Config) {
		c.Rollout.DrainSeconds, c.Rollout.WebSocketDrainSeconds, c.Run.StopGraceSeconds = 7, 9, 4
	}
	for name, end := range map[string]func(s *stage) error{
		"an operation": func(s *stage) error {
			ref := activities.OperationRef{
				Organization: s.Org, ServiceID: s.Service, OperationID: s.Operation(service.Stop, 0), Kind: service.Stop,
			}
			plan, err := do[activities.OperationPlan](s, "PlanOperation", ref)
			require.NoError(s.t, err)
			_, err = do[struct{}](s, "Operate", activities.OperationOrder{Plan: plan.On(plan.Targets[0]), Last: true})
			return err
		},
		"a deletion": func(s *stage) error {
			plan, err := do[activities.OperationPlan](s, "PlanRemoval", s.Org, s.Service)
			require.NoError(s.t, err)
			_, err = do[struct{}](s, "RemoveService", activities.Removal{Plan: plan.On(plan.Targets[0])})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, configure)
			s.deployed()
			require.NoError(t, end(s))
			stop, sent := activitytest.Sent[wire.Stop](s.Agent, wire.KindStop)
			require.True(t, sent)
			require.True(t, stop.Unroute)
			require.Equal(t, []int{7, 9, 4}, []int{stop.DrainSeconds, stop.WebSocketSeconds, stop.GraceSeconds})
		})
	}
}
