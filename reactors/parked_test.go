package reactors_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/reactors"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/api/serviceerror"
)

// journal is what the reactors log.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.buf.String(), text)
}

// gauge reads a metric of a reactor.
func gauge(t *testing.T, from prometheus.Gatherer, name, reactor string) float64 {
	t.Helper()
	families, err := from.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && m.GetLabel()[0].GetValue() == reactor {
				return m.GetGauge().GetValue()
			}
		}
	}
	t.Fatalf("no metric %s of %s", name, reactor)
	return 0
}

func parkedStreams(t *testing.T, h *activitytest.House) (streams []string) {
	t.Helper()
	parked, err := reactors.ListParked(t.Context(), h.Pool, 100)
	require.NoError(t, err)
	for _, p := range parked {
		streams = append(streams, p.Stream)
	}
	return streams
}

func TestReactor_parksTheStreamOfAnEventThatCannotBeHandled(t *testing.T) {
	t.Parallel()
	h, c, log, metrics := activitytest.NewHouse(t), &temporal{}, &journal{}, prometheus.NewRegistry()
	other := h.Neighbour(t)
	bad := h.Request(deployment.Deploy, "")
	c.refuse(func(r workflows.Request) error {
		if r.DeploymentID == bad {
			return errors.New("this one is poison")
		}
		return nil
	})
	start(t, h, c, func(o *reactors.Options) { o.Logger, o.Metrics = slog.New(slog.NewTextHandler(log, nil)), metrics })
	h.Cancel(bad)
	good := other.Request(deployment.Deploy, "")
	h.Await("the other organization's signal", func() bool { return slices.Equal(deployments(c.taken()), []string{good}) })
	stream := deployment.Stream(bad)
	h.Await("both are parked", func() bool { return slices.Equal(parkedStreams(t, h), []string{stream, stream}) })
	h.Await("the gauge", func() bool { return gauge(t, metrics, "syntra_reactor_parked", "workflows") == 2 })
	tries := c.tries()
	h.Await("the parked event is tried again", func() bool { return c.tries() > tries })
	require.Equal(t, 1, log.count("level=ERROR"), "a person hears of it once")

	c.refuse(nil)
	_, err := reactors.RetryParked(t.Context(), h.Pool, "workflows", stream)
	require.NoError(t, err)
	h.Await("the parked events are handled", func() bool { return len(c.taken()) == 3 })
	kinds := []workflows.RequestKind{c.taken()[1].Request.Kind, c.taken()[2].Request.Kind}
	require.Equal(t, []workflows.RequestKind{workflows.Deploy, workflows.CancelOne}, kinds, "in the order of the stream")
	h.Await("nothing is parked", func() bool { return len(parkedStreams(t, h)) == 0 })
	h.Await("the gauge is back", func() bool { return gauge(t, metrics, "syntra_reactor_parked", "workflows") == 0 })
}

func TestReactor_anOutageParksNothing(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]error{
		"unavailable":          serviceerror.NewUnavailable("down"),
		"too slow":             serviceerror.NewDeadlineExceeded("slow"),
		"too busy":             serviceerror.NewResourceExhausted(0, "busy"),
		"emptied":              serviceerror.NewNamespaceNotFound("default"),
		"emptied and half set": serviceerror.NewInvalidArgument("Namespace default has no mapping defined for search attribute SyntraOrg"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, c := activitytest.NewHouse(t), &temporal{}
			c.refuse(func(workflows.Request) error { return outage })
			start(t, h, c)
			want := []string{h.Request(deployment.Deploy, ""), h.Request(deployment.Deploy, "")}
			h.Await("many tries", func() bool { return c.tries() > 12 })
			require.Empty(t, parkedStreams(t, h))
			c.refuse(nil)
			h.Await("both signals", func() bool { return slices.Equal(deployments(c.taken()), want) })
		})
	}
}

func TestReactor_aDiscardedEventIsLeftOut(t *testing.T) {
	t.Parallel()
	h, c := activitytest.NewHouse(t), &temporal{}
	bad := h.Request(deployment.Deploy, "")
	c.refuse(func(r workflows.Request) error {
		if r.Kind == workflows.Deploy && r.DeploymentID == bad {
			return errors.New("this one is poison")
		}
		return nil
	})
	start(t, h, c)
	h.Cancel(bad)
	h.Await("both are parked", func() bool { return len(parkedStreams(t, h)) == 2 })
	parked, err := reactors.ListParked(t.Context(), h.Pool, 100)
	require.NoError(t, err)
	require.Contains(t, parked[0].Error, "poison")
	require.GreaterOrEqual(t, parked[0].Attempts, 6)
	require.Error(t, reactors.DiscardParked(t.Context(), h.Pool, "workflows", parked[0].Position, ""), "a discard needs a reason")
	require.NoError(t, reactors.DiscardParked(t.Context(), h.Pool, "workflows", parked[0].Position, "asked for by hand"))
	h.Await("the next of the stream", func() bool {
		return len(c.taken()) == 1 && c.taken()[0].Request.Kind == workflows.CancelOne
	})
	require.Error(t, reactors.DiscardParked(t.Context(), h.Pool, "workflows", parked[0].Position, "again"), "it is parked no more")
}

// future is an event of a newer program.
type future struct{}

func (future) EventType() string { return "deployment.future" }

func TestReactor_stopsAtAnEventOfANewerProgram(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]struct {
		kind    string
		version int
	}{
		"an unknown type":                      {"deployment.future", 1},
		"a newer version of a type it ignores": {"deployment.started", 99},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, old, log := activitytest.NewHouse(t), &temporal{}, &journal{}
			one := h.Request(deployment.Deploy, "")
			at, err := h.Log.Append(t.Context(), "deployment-future", eventstore.NoStream, eventstore.NewEvent{
				ID: uuid.New(), Type: event.kind, Version: event.version, Data: json.RawMessage(`{}`),
				Meta: eventstore.Meta{Organization: h.Org, CommandID: "cmd_future"},
			})
			require.NoError(t, err)
			two := h.Request(deployment.Deploy, "")
			start(t, h, old, func(o *reactors.Options) {
				o.Logger, o.StandAside = slog.New(slog.NewTextHandler(log, nil)), time.Hour
			})
			h.Await("both reactors stop", func() bool { return log.count("was written by a newer program") == 2 })
			require.Equal(t, []string{one}, deployments(old.taken()))
			var checkpoint int64
			require.NoError(t, h.Pool.QueryRow(t.Context(), `SELECT max(position) FROM reactor_checkpoint`).Scan(&checkpoint))
			require.Less(t, checkpoint, int64(at.Position))
			require.Empty(t, parkedStreams(t, h))

			newer := &temporal{}
			start(t, h, newer, func(o *reactors.Options) {
				o.Log = &eventstore.Log{Store: h.Log.Store, Codec: newerCodec()}
			})
			h.Await("the newer program goes on", func() bool { return slices.Contains(deployments(newer.taken()), two) })
			require.Equal(t, []string{one}, deployments(old.taken()), "the older one stands aside")
		})
	}
}

// newerStarted is deployment.started in a version that this program does not know.
type newerStarted struct{ deployment.Started }

func (newerStarted) EventVersion() int { return 99 }

// newerCodec knows what the tests' events of a newer program are.
func newerCodec() *eventstore.Codec {
	events := append(catalog.Events(), future{})
	for i, e := range events {
		if e.EventType() == "deployment.started" {
			events[i] = newerStarted{}
		}
	}
	return eventstore.NewCodec(events...)
}
