package reactors_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/eventstore/postgres/losetest"
)

func TestReactor_handlesTheEventsThatTookThePositionsOfLostOnes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		running bool
		instead int
	}{
		"while it runs, fewer than were lost": {running: true, instead: 1},
		"while it runs, more than were lost":  {running: true, instead: 5},
		"while it is down, fewer":             {instead: 1},
		"while it is down, more":              {instead: 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, s := activitytest.NewHouse(t), &temporal{}
			stop := start(t, h, s)

			// Given a reactor that has handled many deployments, of which the last three are lost
			var kept []string
			for range 80 {
				kept = append(kept, h.Request(deployment.Deploy, ""))
			}
			head, err := h.Log.Head(t.Context())
			require.NoError(t, err)
			for range 3 {
				h.Request(deployment.Deploy, "")
			}
			last, err := h.Log.Head(t.Context())
			require.NoError(t, err)
			h.Await("all are handled", func() bool {
				return checkpoint(t, h) == last
			})
			if !c.running {
				stop()
			}
			var instead []string
			losetest.After(t, h.Pool, head, func(tx pgx.Tx) {
				for i := range c.instead {
					id := fmt.Sprintf("dep_other%d", i)
					instead = append(instead, id)
					losetest.Event(t, tx, deployment.Stream(id), h.Org, "deployment.requested", fmt.Sprintf(
						`{"deployment_id":%q,"service_id":%q,"project_id":%q,"kind":"deploy"}`, id, h.Service, h.Project))
				}
			})
			if !c.running {
				start(t, h, s)
			}

			// Then it handles those that are there instead, in order, and starts over from near the lost ones.
			h.Await("the others' signals", func() bool {
				got := deployments(s.taken())
				return len(got) >= len(instead) && slices.Equal(got[len(got)-len(instead):], instead)
			})
			require.Len(t, s.taken(), len(kept)+3+len(instead), "it does not handle again what is still there")

			// And it goes on from there.
			next := h.Request(deployment.Deploy, "")
			h.Await("the next signal", func() bool { return slices.Contains(deployments(s.taken()), next) })
		})
	}
}
