package agent_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// nothingOf waits until nothing of a service is on the node but its edge's route.
func (n *node) nothingOf(service string) {
	n.t.Helper()
	soon(n.t, "no replica is left", func() bool { return len(n.observe(service, "").Instances) == 0 })
}

func TestAServerThatAServiceLeavesPassesOnWhatStillComes(t *testing.T) {
	t.Parallel()
	nodes := newNodes(t, "old", "new")
	old, to := nodes[0], nodes[1]
	for _, n := range nodes {
		n.healthy(release("svc_1", "rel_1", n.built("svc_1"), 1, greeting(n.name)))
	}
	old.shared("svc_1", "rel_1")
	to.shared("svc_1", "rel_1", old.with("rel_1", 0))
	heirs := []wire.PeerEndpoint{to.with("rel_1", 1)}

	// When it leaves under load, with a request in flight to the replica there
	load, failed, asked := old.load()
	finished := old.inFlight("old")
	must[wire.Drained](old, "", wire.KindDrain, wire.Drain{
		Owner: owner("svc_1"), Release: "rel_1", Seconds: 30, WebSocketSeconds: 30, Unroute: true, Peers: heirs,
	})
	finished()
	must[wire.Stopped](old, "", wire.KindStop, wire.Stop{
		Owner: owner("svc_1"), DrainSeconds: 30, WebSocketSeconds: 30, GraceSeconds: 5, Remove: true, Unroute: true, Peers: heirs,
	})
	old.nothingOf("svc_1")
	old.answers("new")
	load()
	require.Zero(t, failed.Load(), "of %d requests", asked.Load())

	left := wire.DesiredService{
		Service: "svc_1", Split: traffic.All("rel_1"), Keep: []string{}, Peers: heirs, Settled: true, Left: true,
	}
	t.Run("also after its agent was started again", func(t *testing.T) {
		old.want(left)
		old.forgotten()
		old.heard()
		old.answers("new")
	})
	t.Run("and follows the service's next release", func(t *testing.T) {
		to.healthy(release("svc_1", "rel_2", to.built("svc_1"), 1, greeting("newer")))
		to.shared("svc_1", "rel_2", old.with("rel_2", 0))
		next := left
		next.Split, next.Peers = traffic.All("rel_2"), []wire.PeerEndpoint{to.with("rel_2", 1)}
		old.want(next)
		soon(t, "the old edge passes on to it", func() bool { _, body := old.fetch("/"); return body == "newer" })
	})
	t.Run("until another service gets the host, or the control plane says nothing of it", func(t *testing.T) {
		other := release("svc_2", "rel_x", old.built("svc_2"), 1, greeting("other"))
		old.healthy(other)
		old.shared("svc_2", "rel_x")
		old.serves("other")
		must[wire.Stopped](old, "", wire.KindStop, wire.Stop{Owner: owner("svc_2"), GraceSeconds: 1, Remove: true, Unroute: true})
		old.want()
		soon(t, "nobody has the host", func() bool { status, _ := old.fetch("/"); return status == http.StatusNotFound })
	})
}

func TestAServerThatWasAwayWhileAServiceLeftItFollows(t *testing.T) {
	t.Parallel()
	nodes := newNodes(t, "old", "new")
	old, to := nodes[0], nodes[1]
	for _, n := range nodes {
		n.healthy(release("svc_1", "rel_1", n.built("svc_1"), 1, greeting(n.name)))
	}
	old.shared("svc_1", "rel_1")
	to.shared("svc_1", "rel_1", old.with("rel_1", 0))
	old.want(wire.DesiredService{
		Service: "svc_1", Split: traffic.All("rel_1"), Keep: []string{}, Settled: true, Left: true,
		Peers: []wire.PeerEndpoint{to.with("rel_1", 1)},
	})
	old.nothingOf("svc_1")
	old.answers("new")
}
