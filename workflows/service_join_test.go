package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/sdk/temporal"
)

// errUnderWay is what a child is refused with that an earlier run of the writer has started.
var errUnderWay = &temporal.ChildWorkflowExecutionAlreadyStartedError{}

// awaitClosed makes workflows under way run for a while.
func (w *writer) awaitClosed(until time.Duration) {
	began := w.env.Now()
	w.env.OnActivity("AwaitClosed", mock.Anything, mock.Anything).Return(func(_ context.Context, id string) error {
		if w.env.Now().Sub(began) < until {
			return temporal.NewApplicationError(id+" still runs", activities.ErrTypeOpen)
		}
		w.note("%s is closed", id)
		return nil
	})
}

func TestService_waitsForAnOperationThatAnEarlierRunStarted(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.broken = map[string]error{"o1": errUnderWay}
	w.awaitClosed(time.Hour)
	w.at(0, func() {
		w.ask(workflows.Request{Kind: workflows.Operate, OperationID: "o1", OperationKind: service.Restart})
	})
	w.at(time.Minute, func() { w.ask(deploy("d1")) })
	require.Equal(t, []string{
		"operation/o1 is closed",
		"o1 failed: the operation's workflow was ended by an operator: try again", // the log ignores it where o1 ended
		"d1 runs", "d1 done",
	}, w.run(2*time.Hour))
}

func TestService_waitsForADeploymentThatAnEarlierRunStarted(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.broken = map[string]error{"d1": errUnderWay}
	w.awaitClosed(time.Hour)
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Minute, func() { w.ask(deploy("d2")) })
	require.Equal(t, []string{"deployment/d1 is closed", "d1 failed", "d2 runs", "d2 done"}, w.run(2*time.Hour))
}

func TestService_anEndThatTheLogRefusesBlocksNoOther(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.refused = "d2"
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Second, func() {
		w.ask(deploy("d2"))
		w.ask(deploy("d3"))
		w.ask(deploy("d4"))
	})
	require.Equal(t, []string{"d1 runs", "d1 done", "d4 runs", "d4 done", "d3 superseded"}, w.run(9 * time.Hour)[:5])
}

func TestService_aBrokenDeploymentWhoseEndTheLogRefusesBlocksNoOther(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.refused = "d1"
	w.broken = map[string]error{"d1": errors.New("terminated")}
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Second, func() { w.ask(deploy("d2")) })
	require.Equal(t, []string{"d2 runs", "d2 done"}, w.run(time.Hour))
}
