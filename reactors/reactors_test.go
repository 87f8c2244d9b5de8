package reactors_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/reactors"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// temporal keeps the signals that it takes. While it is away it takes none.
type temporal struct {
	client.Client
	mu      sync.Mutex
	away    bool
	refused int
	// refuses answers a request that cannot be taken; may be nil.
	refuses func(workflows.Request) error
	signals []signal
	// positions of their events.
	positions []uint64
}

type signal struct {
	Workflow string
	State    workflows.ServiceState
	Request  workflows.Request
}

func (c *temporal) SignalWithStartWorkflow(_ context.Context, id, name string, arg any, o client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away {
		c.refused++
		return nil, serviceerror.NewUnavailable("temporal is away")
	}
	if o.ID != id || name != workflows.SignalRequest || workflow != workflows.NameService {
		return nil, errors.New("not a request to a service")
	}
	if c.refuses != nil {
		if err := c.refuses(arg.(workflows.Request)); err != nil {
			c.refused++
			return nil, err
		}
	}
	s := signal{Workflow: id, State: args[0].(workflows.ServiceState), Request: arg.(workflows.Request)}
	c.positions = append(c.positions, s.Request.Position)
	if s.Request.Correlation == "" || s.Request.Trace == "" {
		return nil, errors.New("a request without correlation or trace")
	}
	s.Request.EventID, s.Request.Position, s.Request.Correlation, s.Request.Trace = "", 0, "", ""
	c.signals = append(c.signals, s)
	return nil, nil
}

// DescribeWorkflowExecution returns the rescuer, which is tested on a real Temporal (worker/rescue_test.go).
func (c *temporal) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return nil, serviceerror.NewUnavailable("temporal is away")
}

func (c *temporal) set(away bool) { c.mu.Lock(); c.away = away; c.mu.Unlock() }

func (c *temporal) taken() []signal {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]signal{}, c.signals...)
}

func (c *temporal) refuse(f func(workflows.Request) error) { c.mu.Lock(); c.refuses = f; c.mu.Unlock() }

func (c *temporal) tries() int { c.mu.Lock(); defer c.mu.Unlock(); return c.refused }

// start runs the reactors until stop is called.
func start(t *testing.T, h *activitytest.House, c client.Client, change ...func(*reactors.Options)) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	o := reactors.Options{Pool: h.Pool, Log: h.Log, Temporal: c, Logger: slog.New(slog.DiscardHandler), Retry: time.Millisecond}
	for _, f := range change {
		f(&o)
	}
	go func() { ended <- reactors.Run(ctx, o) }()
	stop = sync.OnceFunc(func() { cancel(); require.NoError(t, <-ended) })
	t.Cleanup(stop)
	return stop
}

// checkpoint is how far the reactor that signals workflows has come; others have their own.
func checkpoint(t *testing.T, h *activitytest.House) (at eventstore.Position) {
	t.Helper()
	require.NoError(t, h.Pool.QueryRow(t.Context(),
		`SELECT coalesce(max(position), 0) FROM reactor_checkpoint WHERE name = 'workflows'`).Scan(&at))
	return at
}

func TestReactor_turnsEachAskingEventIntoASignal(t *testing.T) {
	t.Parallel()
	h, c := activitytest.NewHouse(t), &temporal{}
	start(t, h, c)

	dep := h.Request(deployment.Deploy, "")
	h.Cancel(dep)
	back := h.Request(deployment.Rollback, "rel_1")
	activitytest.Tell(h, service.Stream(h.Service), func(s *service.Service) ([]domain.Event, error) {
		return s.ShiftTraffic(traffic.All("rel_1"), dep) // asks for nothing
	})
	op := h.Operation(service.Scale, 3)
	activitytest.Tell(h, service.Stream(h.Service), func(s *service.Service) ([]domain.Event, error) { return s.Delete() })

	state := workflows.ServiceState{Organization: h.Org, ProjectID: h.Project, ServiceID: h.Service}
	writer := workflows.ServiceID(h.Service)
	want := []signal{
		{writer, state, workflows.Request{Kind: workflows.Deploy, DeploymentID: dep, DeploymentKind: deployment.Deploy}},
		{writer, state, workflows.Request{Kind: workflows.CancelOne, DeploymentID: dep}},
		{writer, state, workflows.Request{Kind: workflows.Deploy, DeploymentID: back, DeploymentKind: deployment.Rollback, ReleaseID: "rel_1"}},
		{writer, state, workflows.Request{Kind: workflows.Operate, OperationID: op, OperationKind: service.Scale, Replicas: 3}},
		{writer, state, workflows.Request{Kind: workflows.Delete}},
	}
	h.Await("all signals", func() bool { return len(c.taken()) == len(want) })
	require.Equal(t, want, c.taken(), "in the order of the log")
	var asked []uint64
	for e, err := range h.Log.Read(t.Context(), deployment.Stream(dep), 0) {
		require.NoError(t, err)
		asked = append(asked, uint64(e.Position))
	}
	require.Equal(t, asked, c.positions[:2], "each request carries the position of its event")
	require.IsIncreasing(t, c.positions)
}

func TestReactor_losesNothingWhileTemporalIsAway(t *testing.T) {
	t.Parallel()
	h, c := activitytest.NewHouse(t), &temporal{away: true}
	start(t, h, c)
	var want []string
	for range 10 {
		want = append(want, h.Request(deployment.Deploy, ""))
	}
	h.Await("it tries again", func() bool { return c.tries() > 2 })
	require.Empty(t, c.taken())
	c.set(false)
	h.Await("all signals", func() bool { return len(c.taken()) == len(want) })
	require.Equal(t, want, deployments(c.taken()))
}

func TestReactor_goesOnFromItsCheckpoint(t *testing.T) {
	t.Parallel()
	h, c := activitytest.NewHouse(t), &temporal{}
	stop := start(t, h, c)
	one := h.Request(deployment.Deploy, "")
	h.Await("the first signal", func() bool { return len(c.taken()) == 1 })
	stop()
	two := h.Request(deployment.Deploy, "") // while it is down
	start(t, h, c)
	// The first may come again, where the reactor was stopped between signal and checkpoint.
	h.Await("the second signal", func() bool { return slices.Contains(deployments(c.taken()), two) })
	got := deployments(c.taken())
	require.Equal(t, one, got[0])
	require.Equal(t, two, got[len(got)-1])
	require.LessOrEqual(t, len(got), 3)
}

func TestReactor_oneReplicaWorksAtATime(t *testing.T) {
	t.Parallel()
	h := activitytest.NewHouse(t)
	first, second := &temporal{}, &temporal{}
	stop := start(t, h, first)
	one := h.Request(deployment.Deploy, "")
	h.Await("the first signal", func() bool { return len(first.taken()) == 1 })
	start(t, h, second)
	two := h.Request(deployment.Deploy, "")
	h.Await("the second signal", func() bool { return len(first.taken()) == 2 })
	require.Equal(t, []string{one, two}, deployments(first.taken()))
	require.Empty(t, second.taken())

	stop()
	three := h.Request(deployment.Deploy, "")
	h.Await("the other takes over", func() bool {
		got := deployments(second.taken())
		return len(got) > 0 && got[len(got)-1] == three
	})
}

func TestReactor_goesOnAfterItsConnectionIsCut(t *testing.T) {
	t.Parallel()
	h, c := activitytest.NewHouse(t), &temporal{}
	start(t, h, c)
	h.Request(deployment.Deploy, "")
	h.Await("the first signal", func() bool { return len(c.taken()) == 1 })
	_, err := h.Pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	require.NoError(t, err)
	two := h.Request(deployment.Deploy, "")
	h.Await("the second signal", func() bool {
		got := deployments(c.taken())
		return got[len(got)-1] == two
	})
}

func deployments(signals []signal) (ids []string) {
	for _, s := range signals {
		ids = append(ids, s.Request.DeploymentID)
	}
	return ids
}
