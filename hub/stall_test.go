package hub_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/hub/hubtest"
)

// stall blocks every statement on the tables until the database's clock has moved on by d.
func stall(t testing.TB, pool *pgxpool.Pool, tables string, d time.Duration) {
	t.Helper()
	ctx := within(t)
	tx, err := pool.Begin(ctx)
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(ctx) }()
	_, err = tx.Exec(ctx, `LOCK TABLE `+tables+` IN ACCESS EXCLUSIVE MODE`)
	require.NoError(t, err)
	soon(t, "the stall has lasted long enough", func() bool {
		var over bool
		require.NoError(t, tx.QueryRow(ctx, `SELECT clock_timestamp() > now() + $1::interval`, d).Scan(&over))
		return over
	})
}

func TestAStalledDatabaseLosesNoAgent(t *testing.T) {
	t.Parallel()
	for name, tables := range map[string]string{
		"all of it":         "agent_presence, hub_replica, es_event, es_head",
		"the presence rows": "agent_presence",
		"the log":           "es_event, es_head",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := hubtest.New(t)
			r1 := p.Start("", nil)
			r2 := p.Start("", func(o *hub.Options) { o.Replica = "r2" })
			// One that watches and has no agent of its own.
			p.Start("", func(o *hub.Options) { o.Replica = "r3" })
			one, oneToken := p.AddServer("one")
			two, twoToken := p.AddServer("two")
			gone, goneToken := p.AddServer("gone")
			a, _ := connect(t, r1.URL, oneToken, instance1)
			connect(t, r2.URL, twoToken, instance2)
			connectSilent(t, r1.URL, goneToken, instance2)
			soon(t, "both are written", func() bool { return cpuOf(t, p, one) == 0 && cpuOf(t, p, two) == 0 })

			stall(t, p.Pool, tables, 3*hubtest.Heartbeat*3/2)
			// The one that said nothing is given up in the end: by then every replica has swept again.
			soon(t, "the silent one is lost", func() bool { return count(p.Events(gone), "server.disconnected") == 1 })
			a.send(wire.TypeHeartbeat, wire.Heartbeat{CPUPercent: 7})
			soon(t, "beats are written again", func() bool { return cpuOf(t, p, one) >= 0 })
			for _, srv := range []string{one, two} {
				require.Zero(t, count(p.Events(srv), "server.disconnected"), "it was there all the time")
			}
		})
	}
}

func TestLastSeenIsWhenTheBeatWasHeard(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", func(o *hub.Options) { o.Heartbeat = 5 * hubtest.Heartbeat })
	srv, token := p.AddServer("one")
	a, _ := connectSilent(t, r.URL, token, instance1)
	ctx := within(t)
	tx, err := p.Pool.Begin(ctx)
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(ctx) }()
	_, err = tx.Exec(ctx, `LOCK TABLE agent_presence IN ACCESS EXCLUSIVE MODE`)
	require.NoError(t, err)
	a.send(wire.TypeHeartbeat, wire.Heartbeat{CPUPercent: 1})
	var sent time.Time
	require.NoError(t, p.Pool.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&sent))
	// Every try to write it fails, for longer than a heartbeat takes to be heard.
	failures := 0
	soon(t, "two seconds of failures", func() bool {
		var cancelled int
		var passed bool
		require.NoError(t, p.Pool.QueryRow(ctx, `SELECT count(pg_cancel_backend(pid)), clock_timestamp() > $1::timestamptz + interval '2 s'
			FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
			AND query LIKE '%UPDATE agent_presence%heartbeat%'`, sent).Scan(&cancelled, &passed))
		failures += cancelled
		return passed && failures > 1
	})
	require.NoError(t, tx.Rollback(ctx))
	soon(t, "the beat is written", func() bool { return cpuOf(t, p, srv) == 1 })
	at, err := hub.Locate(ctx, p.Pool, srv)
	require.NoError(t, err)
	require.False(t, at.LastSeen.After(sent.Add(time.Second)), "last seen %s, sent at %s", at.LastSeen, sent)
}
