package agent_test

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/hub/hubtest"
)

// peerAddressOf is where other servers reach the node's edge.
func peerAddressOf(n *node) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(n.edge.Peer.Port))
}

// newNodes makes servers of one organization, each with its agent and its edge.
func newNodes(t testing.TB, names ...string) []*node {
	t.Helper()
	plane := hubtest.New(t)
	sign := issuer(t, plane)
	nodes := make([]*node, len(names))
	for i, name := range names {
		nodes[i] = newNodeOn(t, plane, sign, name)
		nodes[i].setup.Settle = "1ms"
		nodes[i].start()
		nodes[i].certified()
	}
	return nodes
}

// with is the node as another server's peer, with a number of replicas of a release.
func (n *node) with(release string, replicas int) wire.PeerEndpoint {
	p := wire.PeerEndpoint{Server: n.server, Address: peerAddressOf(n)}
	if replicas > 0 {
		p.Releases = []wire.PeerRelease{{Release: release, Replicas: replicas}}
	}
	return p
}

// shared gives a release all the traffic of a service that runs on peers, too.
func (n *node) shared(service, release string, peers ...wire.PeerEndpoint) {
	n.t.Helper()
	must[wire.Routed](n, "", wire.KindRoute, wire.Route{
		Owner: owner(service), Shares: traffic.All(release), Hosts: []string{host}, Peers: peers,
	})
}

func TestAServiceOnTwoServersAnswersOnAllThree(t *testing.T) {
	t.Parallel()
	nodes := newNodes(t, "one", "two", "three")
	one, two, three := nodes[0], nodes[1], nodes[2]
	for _, n := range []*node{one, two} {
		n.healthy(release("svc_1", "rel_1", n.built("svc_1"), 1, greeting(n.name)))
	}
	one.shared("svc_1", "rel_1", two.with("rel_1", 1), three.with("rel_1", 0))
	two.shared("svc_1", "rel_1", one.with("rel_1", 1), three.with("rel_1", 0))
	three.shared("svc_1", "rel_1", one.with("rel_1", 1), two.with("rel_1", 1))
	for _, n := range nodes {
		n.answers("one", "two")
	}

	t.Run("a restart of a server's only replica fails no request anywhere", func(t *testing.T) {
		stop, failed, asked := three.load()
		again := release("svc_1", "rel_1", one.built("svc_1"), 1, greeting("one"))
		again.Recreate = true
		must[wire.Started](one, "", wire.KindStart, again)
		stop()
		require.Zero(t, failed.Load(), "of %d requests", asked.Load())
		three.answers("one", "two")
	})
	t.Run("an edge that lost its table gets the peers back, from an agent that was started again", func(t *testing.T) {
		three.stop()
		require.NoError(t, three.edgeClient().DeleteService(context.Background(), "svc_1"))
		three.start()
		soon(t, "the service is back", func() bool { status, _ := three.fetch("/"); return status == http.StatusOK })
		three.answers("one", "two")
	})
	t.Run("a server that is no peer any more is refused", func(t *testing.T) {
		one.shared("svc_1", "rel_1", two.with("rel_1", 1))
		for range 10 {
			status, body := three.fetch("/")
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, "two", body)
		}
		two.answers("one", "two")
	})
	t.Run("the control plane's word on the peers is followed once all is settled", func(t *testing.T) {
		want := wire.DesiredService{
			Service: "svc_1", Split: traffic.All("rel_1"), Keep: []string{"rel_1"}, Settled: true,
			Peers: []wire.PeerEndpoint{three.with("rel_1", 0), two.with("rel_1", 1)},
		}
		one.want(want)
		soon(t, "the edge admits the server again", func() bool {
			table, err := one.table()
			return err == nil && len(table.Services[0].Peers) == 2
		})
		three.answers("one", "two")
		unsettled, silent := want, want
		unsettled.Settled, unsettled.Peers = false, []wire.PeerEndpoint{}
		silent.Peers = nil
		for _, w := range []wire.DesiredService{unsettled, silent} {
			one.want(w)
			one.heard()
			table, err := one.table()
			require.NoError(t, err)
			require.Len(t, table.Services[0].Peers, 2)
		}
		none := want
		none.Peers = []wire.PeerEndpoint{}
		one.want(none)
		soon(t, "the service has no peers any more", func() bool {
			table, err := one.table()
			return err == nil && len(table.Services[0].Peers) == 0 && len(table.Services[0].Pools[0].Endpoints) == 1
		})
	})
	t.Run("a server without replicas and without peers that have some cannot take the traffic", func(t *testing.T) {
		f := three.fails(wire.KindRoute, wire.Route{
			Owner: owner("svc_1"), Shares: traffic.All("rel_1"), Hosts: []string{host}, Peers: []wire.PeerEndpoint{one.with("rel_1", 0)},
		})
		require.Contains(t, f.Message, "no other server has it")
	})
}
