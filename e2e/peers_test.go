package e2e

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/authority"
	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/edge/control"
)

// edgeOn is a machine with an edge of the organization on it, and no agent.
type edgeOn struct {
	*harness.Machine
	*control.Client
}

// edgesOn starts machines with edges that know each other. Each runs one replica, which answers with the machine's name.
func edgesOn(ctx context.Context, t *testing.T, names ...string) []edgeOn {
	t.Helper()
	network, dir := requireNetwork(t), t.TempDir()
	signer, err := authority.New("org_1", time.Now())
	require.NoError(t, err)
	edges := make([]edgeOn, len(names))
	for i, name := range names {
		m, err := network.Machine(name)
		require.NoError(t, err)
		client, err := m.Edge(ctx, filepath.Join(dir, name))
		require.NoError(t, err)
		key, request, err := authority.NewRequest()
		require.NoError(t, err)
		certificate, err := signer.Sign(request, name, time.Now())
		require.NoError(t, err)
		require.NoError(t, client.PutIdentity(ctx, control.Identity{Certificate: certificate, Key: key, Authority: signer.Certificate()}))
		source := program(t, name, nil)
		require.NoError(t, source.Write())
		require.NoError(t, m.Start(filepath.Join(dir, name+".log"), "env", "HOST=127.0.0.1", "PORT=9000", filepath.Join(source.Dir, "service")))
		edges[i] = edgeOn{m, client}
	}
	return edges
}

// share routes a service on every edge to its own replica and to those of all others.
func share(ctx context.Context, t *testing.T, edges []edgeOn) {
	t.Helper()
	for _, e := range edges {
		s := control.Service{ID: "svc_1", Hosts: []string{"shop.test"}}
		endpoints := control.Local("127.0.0.1:9000")
		for _, other := range edges {
			if other != e {
				s.Peers = append(s.Peers, other.Name)
				endpoints = append(endpoints, control.Endpoint{
					ID: other.Name, Server: other.Name, Address: other.PeerAddress(), Protocol: control.Peer, Replicas: 1,
				})
			}
		}
		s.Pools = []control.Pool{{Release: "rel_1", Weight: 1, Endpoints: endpoints}}
		require.NoError(t, e.PutService(ctx, s))
	}
}

// Given a service with a replica on each of three servers under load, when one server loses its power (nobody is told:
// its packets vanish), then no request through the others fails; and when it is back, it gets its share again.
func TestAServerThatLosesItsPowerCostsTheOthersNoRequest(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	edges := edgesOn(ctx, t, "srv-1", "srv-2", "srv-3")
	share(ctx, t, edges)
	front, lost := edges[0], edges[2]
	all := func() map[string]int64 {
		load := front.StartLoad("shop.test", "/", 2, time.Minute)
		require.Eventually(t, func() bool { return load.Requests() > 100 }, time.Minute, 10*time.Millisecond)
		report := load.Stop()
		require.Zero(t, report.Failed, report.First)
		return report.Versions
	}
	require.EventuallyWithT(t, func(c *collect) { require.Len(c, all(), 3) }, time.Minute, 10*time.Millisecond, "all three answer")

	load := front.StartLoad("shop.test", "/", 4, 2*time.Minute)
	require.Eventually(t, func() bool { return load.Requests() > 200 }, time.Minute, 10*time.Millisecond)
	require.NoError(t, lost.Cut())
	before := load.Requests()
	require.Eventually(t, func() bool { return load.Requests() > before+1000 }, time.Minute, 10*time.Millisecond, "requests go on")
	report := load.Stop()
	require.Zero(t, report.Failed, "of %d; the first: %s", report.Requests, report.First)
	require.NotContains(t, all(), lost.Name, "what does not answer is not tried for every request")

	require.NoError(t, lost.Mend())
	require.EventuallyWithT(t, func(c *collect) { require.Contains(c, all(), lost.Name) }, time.Minute, 10*time.Millisecond)
}
