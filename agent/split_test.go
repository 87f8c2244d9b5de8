package agent_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/edge/control"
)

func half(one, two string) traffic.Split {
	return traffic.Split{{ReleaseID: one, Weight: 5000}, {ReleaseID: two, Weight: 5000}}
}

func greeting(text string) map[string]string { return map[string]string{"GREETING": text} }

// answers waits until the edge has answered with each of some bodies, and with nothing else.
func (n *node) answers(bodies ...string) {
	n.t.Helper()
	seen := map[string]bool{}
	soon(n.t, "the edge answers with all of them", func() bool {
		status, body := n.fetch("/")
		require.Equal(n.t, http.StatusOK, status, body)
		require.Contains(n.t, bodies, body)
		seen[body] = true
		return len(seen) == len(bodies)
	})
}

func TestTwoReleasesShareTheTraffic(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.setup.Settle = "1ms"
	n.start()
	digest := n.built("svc_1")
	one, two := release("svc_1", "rel_1", digest, 1, greeting("one")), release("svc_1", "rel_2", digest, 1, greeting("two"))
	n.live(one)
	n.healthy(two)
	split := half("rel_1", "rel_2")
	routed := n.shift("svc_1", split)
	require.Equal(t, traffic.All("rel_1"), routed.Previous)
	require.Len(t, routed.Upstreams, 2)
	n.answers("one", "two")
	require.Equal(t, split, n.observe("svc_1", "rel_2").Split)

	t.Run("none of them is drained", func(t *testing.T) {
		f := n.fails(wire.KindDrain, wire.Drain{Owner: owner("svc_1"), Release: "rel_1", Seconds: 1, WebSocketSeconds: 1})
		require.Equal(t, wire.CodeInternal, f.Code)
	})
	t.Run("a restart of one fails no request", func(t *testing.T) {
		stop, failed, asked := n.load()
		again := two
		again.Recreate = true
		must[wire.Started](n, "", wire.KindStart, again)
		stop()
		require.Zero(t, failed.Load(), "of %d requests", asked.Load())
		n.answers("one", "two")
	})
	t.Run("while one is dead the others take its share, and it comes back", func(t *testing.T) {
		require.NoError(t, n.runtimeRemove("svc_1.rel_2.1"))
		soon(t, "it is revived and routed again", func() bool {
			seen := n.observe("svc_1", "rel_2")
			table, err := n.table()
			return err == nil && seen.Healthy == 1 && len(table.Services[0].Pools) == 2 &&
				len(table.Services[0].Pools[1].LocalAddresses()) == 1 && routesOnlyTo(table.Services[0].Pools[1].LocalAddresses(), seen.Instances)
		})
		n.answers("one", "two")
	})
	t.Run("an edge that lost its table gets the whole split back", func(t *testing.T) {
		require.NoError(t, n.edgeClient().DeleteService(context.Background(), "svc_1"))
		soon(t, "it is back", func() bool { return n.observe("svc_1", "").Split.Same(split) })
	})
	t.Run("the control plane keeps both", func(t *testing.T) {
		n.want(wire.DesiredService{Service: "svc_1", Split: split, Keep: []string{"rel_1", "rel_2"}, Settled: true})
		n.forgotten()
		n.answers("one", "two")
	})
	t.Run("and splits the traffic otherwise", func(t *testing.T) {
		next := traffic.Split{{ReleaseID: "rel_1", Weight: 1000}, {ReleaseID: "rel_2", Weight: 9000}}
		n.want(wire.DesiredService{Service: "svc_1", Split: next, Keep: []string{"rel_1", "rel_2"}, Settled: true})
		soon(t, "the edge follows", func() bool { return n.observe("svc_1", "").Split.Same(next) })
	})
}

func TestASplitThatCannotBeServedChangesNothing(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	digest := n.built("svc_1")
	n.live(release("svc_1", "rel_1", digest, 1, greeting("one")))
	n.healthy(release("svc_1", "rel_2", digest, 1, greeting("two")))
	must[wire.Stopped](n, "", wire.KindStop, wire.Stop{Owner: owner("svc_1"), Releases: []string{"rel_2"}, GraceSeconds: 5})
	for reason, split := range map[string]traffic.Split{
		"no replica of release rel_2 runs":        half("rel_1", "rel_2"),
		"release rel_3 was never started here":    half("rel_1", "rel_3"),
		"the weights of the traffic split add up": {{ReleaseID: "rel_1", Weight: 1}},
	} {
		f := n.fails(wire.KindRoute, wire.Route{Owner: owner("svc_1"), Shares: split, Hosts: []string{host}})
		require.Contains(t, f.Message, reason)
	}
	require.Equal(t, traffic.All("rel_1"), n.observe("svc_1", "").Split)
	n.serves("one")
}

// pointed makes the edge what a Route leaves of it whose agent is killed before it can write down what the edge did.
func (n *node) pointed(rel string, upstreams ...string) {
	n.t.Helper()
	require.NoError(n.t, n.edgeClient().PutService(context.Background(), control.Service{
		ID: "svc_1", Hosts: []string{host}, Organization: owner("svc_1").Organization, Project: owner("svc_1").Project,
		Pools: []control.Pool{{Release: rel, Weight: traffic.Whole, Endpoints: control.Local(upstreams...)}},
	}))
}

func TestAnAgentThatWasKilledWhileItRoutedTakesOverWhatTheEdgeHas(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]bool{"a first deployment": true, "a later one": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(t)
			n.setup.Settle = "1ms"
			n.start()
			digest := n.built("svc_1")
			if !first {
				n.live(release("svc_1", "rel_1", digest, 1, greeting("one")))
			}
			n.healthy(release("svc_1", "rel_2", digest, 1, greeting("two")))
			list := n.observe("svc_1", "rel_2").Instances
			at := slices.IndexFunc(list, func(i runtime.Instance) bool { return i.Labels.Release == "rel_2" })
			n.stop()
			n.pointed("rel_2", list[at].Address)
			n.start()
			n.serves("two")

			require.NoError(t, n.runtimeRemove("svc_1.rel_2.1"))
			soon(t, "it is revived, as one that has traffic", func() bool { return n.observe("svc_1", "rel_2").Healthy == 1 })
			n.serves("two")
			n.want(wire.DesiredService{Service: "svc_1", Stopped: true, Keep: []string{"rel_1", "rel_2"}, Settled: true})
			soon(t, "nothing runs, and the edge points at nothing", func() bool {
				seen := n.observe("svc_1", "")
				return len(releases(seen.Instances)) == 0 && len(seen.Split) == 0
			})
			status, _ := n.fetch("/")
			require.Equal(t, http.StatusServiceUnavailable, status)
		})
	}
}

func TestAReleaseThatIsStoppedIsTakenOffTheEdgeFirst(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	digest := n.built("svc_1")
	n.live(release("svc_1", "rel_1", digest, 1, greeting("one")))
	n.healthy(release("svc_1", "rel_2", digest, 1, greeting("two")))
	n.shift("svc_1", half("rel_1", "rel_2"))
	must[wire.Stopped](n, "", wire.KindStop, wire.Stop{Owner: owner("svc_1"), Releases: []string{"rel_2"}, GraceSeconds: 5})
	table, err := n.table()
	require.NoError(t, err)
	for _, pool := range table.Services[0].Pools {
		require.Equal(t, pool.Release == "rel_1", len(pool.Endpoints) > 0, "%v", pool)
	}
	n.serves("one")
}
