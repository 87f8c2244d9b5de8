package hub_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/hub/hubtest"
)

func count(events []string, eventType string) int {
	n := 0
	for _, e := range events {
		if e == eventType {
			n++
		}
	}
	return n
}

func TestPresenceFollowsTheConnection(t *testing.T) {
	t.Parallel()
	whole := t // connections outlive the subtest that makes them
	p := hubtest.New(t)
	beats := make(chan float64, 100)
	r := p.Start("", func(o *hub.Options) {
		o.OnHeartbeat = func(org, server string, hb wire.Heartbeat) { beats <- hb.CPUPercent }
	})
	srv, token := p.AddServer("one")

	at, err := hub.Locate(within(t), p.Pool, srv)
	require.NoError(t, err)
	require.False(t, at.Online, "it never connected")

	a, _ := connectSilent(t, r.URL, token, instance1)
	a.send(wire.TypeHeartbeat, wire.Heartbeat{CPUPercent: 42, Instances: nil})
	require.EqualValues(t, 42, <-beats, "whoever listens hears of it at once")
	soon(t, "the heartbeat can be read", func() bool {
		all, err := hub.Presences(within(t), p.Pool, hubtest.Org)
		require.NoError(t, err)
		return len(all) == 1 && all[0].Online && all[0].Heartbeat != nil && all[0].Heartbeat.CPUPercent == 42
	})
	others, err := hub.Presences(within(t), p.Pool, "org_other")
	require.NoError(t, err)
	require.Empty(t, others, "another organization sees nothing")

	t.Run("a short break is no event", func(t *testing.T) {
		_ = a.conn.CloseNow()
		a, _ = connectSilent(whole, r.URL, token, instance1)
		a.send(wire.TypeHeartbeat, wire.Heartbeat{})
		require.Equal(t, 1, count(p.Events(srv), "server.connected"))
		require.Zero(t, count(p.Events(srv), "server.disconnected"))
	})
	t.Run("a long one is", func(t *testing.T) {
		_ = a.conn.CloseNow()
		soon(t, "disconnected", func() bool { return count(p.Events(srv), "server.disconnected") == 1 })
		at, err := hub.Locate(within(t), p.Pool, srv)
		require.NoError(t, err)
		require.False(t, at.Online)
		a, _ = connectSilent(whole, r.URL, token, instance1)
		require.Equal(t, 2, count(p.Events(srv), "server.connected"))
	})
	t.Run("an agent that goes silent is given up, whatever TCP says", func(t *testing.T) {
		soon(t, "disconnected", func() bool { return count(p.Events(srv), "server.disconnected") == 2 })
	})
	t.Run("a host that changed is told", func(t *testing.T) {
		conn, _, err := dial(r.URL, token, instance1)
		require.NoError(t, err)
		b := &wireAgent{t: t, conn: conn}
		b.send(wire.TypeHello, wire.Hello{Protocol: wire.Version, Instance: instance1, Hostname: "renamed"})
		b.expect(wire.TypeWelcome)
		c, _, err := dial(r.URL, token, instance1)
		require.NoError(t, err)
		b = &wireAgent{t: t, conn: c}
		b.send(wire.TypeHello, wire.Hello{Protocol: wire.Version, Instance: instance1, Hostname: "renamed again"})
		b.expect(wire.TypeWelcome)
		require.Equal(t, 4, count(p.Events(srv), "server.connected"))
	})
}

func TestAgentsOfAKilledReplicaAreMarkedByTheNext(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	gone, goneToken := p.AddServer("gone")
	back, backToken := p.AddServer("back")
	connect(t, r.URL, goneToken, instance1)
	connect(t, r.URL, backToken, instance2)
	r.Kill()

	r = p.Start(r.Addr(), nil)
	connect(t, r.URL, backToken, instance2)
	soon(t, "the one that did not come back is marked", func() bool {
		return slices.Contains(p.Events(gone), "server.disconnected")
	})
	require.NotContains(t, p.Events(back), "server.disconnected")
}

// Whatever order losses and connections are recorded in, the log ends where the connection ends.
func TestTheLogEndsWhereTheConnectionEnds(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", func(o *hub.Options) { o.Grace = time.Millisecond })
	srv, token := p.AddServer("one")
	for range 15 {
		a, _ := connect(t, r.URL, token, instance1)
		_ = a.conn.CloseNow()
	}
	a, _ := connect(t, r.URL, token, instance1)
	a.send(wire.TypeHeartbeat, wire.Heartbeat{})
	soon(t, "connected in the end", func() bool { return p.Connected(srv) })
	_ = a.conn.CloseNow()
	soon(t, "disconnected in the end", func() bool { return !p.Connected(srv) })
}

func TestConnectsLeaveTheServersStreamShort(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	srv, token := p.AddServer("one")
	const connects = 20
	connectAs := func(host string) {
		conn, _, err := dial(r.URL, token, instance1)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.CloseNow() })
		a := &wireAgent{t: t, conn: conn}
		a.send(wire.TypeHello, wire.Hello{Protocol: wire.Version, Instance: instance1, Hostname: host})
		a.expect(wire.TypeWelcome)
	}
	for i := range connects {
		connectAs("host-" + string(rune('a'+i)))
	}
	require.Equal(t, connects, count(p.Events(srv), "server.connected"), "each host is told")
	length := 0
	for _, err := range p.Log.Read(within(t), server.Stream(srv), 0) {
		require.NoError(t, err)
		length++
	}
	require.Equal(t, 2, length, "registered and enrolled")

	// A row that was lost comes back and finds the end of the stream.
	tx, err := p.Pool.Begin(within(t))
	require.NoError(t, err)
	_, err = tx.Exec(within(t), `SELECT set_config('syntra.hub', 'on', true)`)
	require.NoError(t, err)
	_, err = tx.Exec(within(t), `DELETE FROM agent_presence`)
	require.NoError(t, err)
	require.NoError(t, tx.Commit(within(t)))
	connectAs("back")
	require.Equal(t, connects+1, count(p.Events(srv), "server.connected"))
}
