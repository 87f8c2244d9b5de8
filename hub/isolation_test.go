package hub_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/hub/hubtest"
)

func TestPresenceRowsAreClosedUntilAConnectionSaysWhoItIs(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	_, token := p.AddServer("one")
	connectSilent(t, r.URL, token, instance1)
	// as runs a statement under one setting and returns how many rows it reached.
	as := func(setting, value, statement string) (rows int64) {
		tx, err := p.Pool.Begin(within(t))
		require.NoError(t, err)
		defer func() { _ = tx.Rollback(within(t)) }()
		if setting != "" {
			_, err = tx.Exec(within(t), `SELECT set_config($1, $2, true)`, setting, value)
			require.NoError(t, err)
		}
		tag, err := tx.Exec(within(t), statement, pgx.QueryExecModeExec)
		require.NoError(t, err)
		return tag.RowsAffected()
	}
	const read, write = `SELECT * FROM agent_presence`, `UPDATE agent_presence SET connected = false`
	for _, statement := range []string{read, write} {
		require.Zero(t, as("", "", statement), "nothing is set: %s", statement)
		require.Zero(t, as("syntra.org_id", "", statement), "an empty organization: %s", statement)
		require.Zero(t, as("syntra.org_id", "org_other", statement), "another organization: %s", statement)
		require.Zero(t, as("syntra.hub", "", statement), "an empty setting: %s", statement)
		require.EqualValues(t, 1, as("syntra.hub", "on", statement), "the hub: %s", statement)
	}
	require.EqualValues(t, 1, as("syntra.org_id", hubtest.Org, read), "its own organization")
	require.Zero(t, as("syntra.org_id", hubtest.Org, write), "whoever reads may not write")
}
