package hub_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/hub/hubtest"
)

// cpuOf returns the CPU in the server's last written heartbeat, or -1.
func cpuOf(t testing.TB, p *hubtest.Plane, serverID string) float64 {
	t.Helper()
	at, err := hub.Locate(within(t), p.Pool, serverID)
	require.NoError(t, err)
	if at.Heartbeat == nil {
		return -1
	}
	return at.Heartbeat.CPUPercent
}

func TestANULInOneHeartbeatHurtsNobody(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	one, oneToken := p.AddServer("one")
	two, twoToken := p.AddServer("two")
	a, _ := connectSilent(t, r.URL, oneToken, instance1)
	b, _ := connectSilent(t, r.URL, twoToken, instance2)
	a.send(wire.TypeHeartbeat, wire.Heartbeat{CPUPercent: 1, Instances: []runtime.Instance{{Name: "a\x00b"}}})
	b.send(wire.TypeHeartbeat, wire.Heartbeat{CPUPercent: 2})
	soon(t, "both heartbeats are written", func() bool { return cpuOf(t, p, one) == 1 && cpuOf(t, p, two) == 2 })
	at, err := hub.Locate(within(t), p.Pool, one)
	require.NoError(t, err)
	require.Equal(t, "a\uFFFDb", at.Heartbeat.Instances[0].Name)
}

func TestAnAgentWhoseHeartbeatPostgresRefusesIsNotLost(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	odd, oddToken := p.AddServer("odd")
	good, goodToken := p.AddServer("good")
	refuse(t, p, odd, "NEW.heartbeat::text LIKE '%13%'")
	a, _ := connectSilent(t, r.URL, oddToken, instance1)
	b, _ := connectSilent(t, r.URL, goodToken, instance2)
	a.send(wire.TypeHeartbeat, wire.Heartbeat{CPUPercent: 1})
	soon(t, "the first beat is written", func() bool { return cpuOf(t, p, odd) == 1 })
	first := lastSeen(t, p, odd)

	a.send(wire.TypeHeartbeat, wire.Heartbeat{CPUPercent: 13})
	b.send(wire.TypeHeartbeat, wire.Heartbeat{CPUPercent: 3})
	soon(t, "the other agent's beat is written", func() bool { return cpuOf(t, p, good) == 3 })
	soon(t, "the agent was heard", func() bool { return lastSeen(t, p, odd).After(first) })
	require.Equal(t, 1.0, cpuOf(t, p, odd), "what could be stored before stays")
}

func TestARowThatPostgresRefusesHurtsOnlyItsAgent(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	bad, badToken := p.AddServer("bad")
	good, goodToken := p.AddServer("good")
	connect(t, r.URL, badToken, instance1)
	refuse(t, p, bad, "NEW.connected")
	b, _ := connect(t, r.URL, goodToken, instance2)
	soon(t, "the bad agent alone is given up", func() bool { return count(p.Events(bad), "server.disconnected") == 1 })
	b.send(wire.TypeHeartbeat, wire.Heartbeat{CPUPercent: 3})
	soon(t, "the good one's beat is written", func() bool { return cpuOf(t, p, good) >= 0 })
	require.Zero(t, count(p.Events(good), "server.disconnected"))
}

// refuse makes PostgreSQL refuse updates of a server's presence row where a condition holds.
func refuse(t testing.TB, p *hubtest.Plane, serverID, when string) {
	t.Helper()
	_, err := p.Pool.Exec(within(t), `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF NEW.server_id = '`+serverID+`' AND `+when+` THEN RAISE EXCEPTION 'refused'; END IF;
			RETURN NEW;
		END $$;
		CREATE TRIGGER refuse BEFORE UPDATE ON agent_presence FOR EACH ROW EXECUTE FUNCTION refuse()`)
	require.NoError(t, err)
}

func lastSeen(t testing.TB, p *hubtest.Plane, serverID string) time.Time {
	t.Helper()
	at, err := hub.Locate(within(t), p.Pool, serverID)
	require.NoError(t, err)
	return at.LastSeen
}

func TestWhatAnAgentSaysIsCleanedAtTheDoor(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	srv, token := p.AddServer("one")
	hello := wire.Hello{Protocol: wire.Version, Instance: instance1, Hostname: "h\x00st", Runtimes: []string{"process"}}
	for range 2 {
		conn, _, err := dial(r.URL, token, instance1)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.CloseNow() })
		a := &wireAgent{t: t, conn: conn}
		a.send(wire.TypeHello, hello)
		a.expect(wire.TypeWelcome)
		out := do(within(t), r.Hub, srv, wire.Command{ID: "c", Kind: wire.KindObserve})
		a.send(wire.TypeResult, wire.Result{ID: a.command().ID, Data: []byte(`{"routed_to":"\u0000"}`)})
		require.JSONEq(t, `{"routed_to":"\ufffd"}`, string(get(t, out).res.Data))
	}
	require.Equal(t, 1, count(p.Events(srv), "server.connected"), "the same facts are no news")
}
