package activities_test

import (
	"log/slog"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/eventstore/postgres"
)

func TestEndDeployment_tellsAnOutageFromARefusal(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	end := activities.End{DeploymentRef: s.ref("dep_unknown"), Status: deployment.StatusFailed}
	_, err := s.env.ExecuteActivity("EndDeployment", end)
	require.Error(t, err)
	require.False(t, activities.IsOutage(err), err)

	// Nothing listens at a port that was just given back.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	pool, err := pgxpool.New(t.Context(), "postgres://syntra@"+l.Addr().String()+"/syntra?sslmode=disable")
	require.NoError(t, err)
	defer pool.Close()
	s.Log.Store = postgres.New(pool, slog.New(slog.DiscardHandler))
	_, err = s.env.ExecuteActivity("EndDeployment", end)
	require.Error(t, err)
	require.True(t, activities.IsOutage(err), err)
}
