package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/workflows"
)

// at returns a request whose event is at a position of the log.
func at(position uint64, r workflows.Request) workflows.Request {
	r.Position = position
	return r
}

func TestService_aDeploymentThatComesLateIsSupersededByTheNewerOne(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{
		"that waits":    2 * time.Second,
		"that runs":     12 * time.Second,
		"that has done": 40 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWriter(t)
			w.at(0, func() { w.ask(at(10, deploy("d1"))) })
			w.at(time.Second, func() { w.ask(at(30, deploy("d3"))) })
			w.at(late, func() { w.ask(at(20, deploy("d2"))) })
			did := w.run(2 * time.Minute)
			require.ElementsMatch(t, []string{"d1 runs", "d1 done", "d2 superseded", "d3 runs", "d3 done"}, did)
			require.Equal(t, []string{"d3"}, w.supersededBy)
		})
	}
}

func TestService_theNextRunKnowsWhatTheLastOneHasBegun(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.at(0, func() { w.ask(at(30, deploy("d3"))) })
	w.at(2*time.Second, func() { w.env.SetContinueAsNewSuggested(true) })
	w2 := newWriter(t)
	w2.state = w.continued()
	late := at(20, deploy("d2"))
	late.EventID = "evt-late"
	w2.at(time.Second, func() { w2.ask(late) })
	require.Equal(t, []string{"d2 superseded"}, w2.run(time.Minute))
}

func TestService_aLateRollbackThatIsSupersededHurriesNothing(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.at(0, func() { w.ask(at(10, deploy("d1"))) })
	w.at(20*time.Second, func() { w.ask(at(30, backTo("r1"))) })
	w.at(22*time.Second, func() { w.ask(at(20, backTo("r0"))) })
	require.Equal(t, []string{"d1 runs", "d1 done", "back-to-r1 runs", "back-to-r0 superseded", "back-to-r1 done"},
		w.run(time.Minute))
}
