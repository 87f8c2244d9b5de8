package postgrestest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
)

func TestEachTestHasADatabaseOfItsOwnAndIsNoSuperuser(t *testing.T) {
	ctx := context.Background()
	one, two := postgrestest.New(t), postgrestest.New(t)

	_, err := one.Exec(ctx, `CREATE TABLE mine (n int)`)
	require.NoError(t, err)

	var there bool
	require.NoError(t, two.QueryRow(ctx, `SELECT to_regclass('mine') IS NOT NULL`).Scan(&there))
	require.False(t, there, "a table of one test shows in another's database")

	var super bool
	require.NoError(t, two.QueryRow(ctx, `SELECT rolsuper FROM pg_roles WHERE rolname = current_user`).Scan(&super))
	require.False(t, super, "row-level security would not bind the tests")
}
