package agent_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
)

// late is a runtime whose engine is not there at first.
type late struct {
	runtime.Runtime
	there *atomic.Bool
}

func (l late) Ping(ctx context.Context) error {
	if !l.there.Load() {
		return runtime.ErrUnavailable
	}
	return l.Runtime.Ping(ctx)
}

func (l late) Instances(ctx context.Context, prefix string) ([]runtime.Instance, error) {
	if !l.there.Load() {
		return nil, runtime.ErrUnavailable
	}
	return l.Runtime.Instances(ctx, prefix)
}

// withoutEngine gives a node no runtime but one that is awaited.
func (n *node) withoutEngine() (there *atomic.Bool) {
	there = &atomic.Bool{}
	n.change = func(o *agent.Options) {
		o.Awaited, o.Runtimes, o.Await = []runtime.Runtime{late{o.Runtimes[0], there}}, nil, 20*time.Millisecond
	}
	return there
}

func TestAnEngineThatStartsAfterTheAgentIsNoticed(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	there := n.withoutEngine()
	n.start()
	require.Empty(t, n.plane.Facts(n.server).Runtimes)
	none := release("svc_1", "rel_1", "sha256:0000000000000000000000000000000000000000000000000000000000000000", 1, nil)
	require.Equal(t, runtime.CodeNoRuntime, n.fails(wire.KindStart, none).Code)

	there.Store(true)
	soon(t, "the control plane knows the runtime", func() bool {
		known := n.plane.Facts(n.server).Runtimes
		return len(known) == 1 && known[0] == "process"
	})
	n.live(release("svc_1", "rel_1", n.built("svc_1"), 1, map[string]string{"GREETING": "late"}))
	n.serves("late")

	t.Run("and what runs in one that is away at the agent's next start is not taken for gone", func(t *testing.T) {
		n.stop()
		there = n.withoutEngine()
		n.start()
		res, err := n.ask("", wire.KindObserve, wire.Observe{Owner: owner("svc_1"), Release: "rel_1"})
		require.NoError(t, err)
		require.NotNil(t, res.Error, "it says that it cannot see: %s", res.Data)
		there.Store(true)
		require.Len(t, n.observe("svc_1", "rel_1").Instances, 1)
	})
}
