package projections_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/projections"
)

// BenchmarkPage compares a page of the list of services in an organization that has 10,000 with one that has 100, in
// turns. The page is not the first.
func BenchmarkPage(b *testing.B) {
	few, fewer := crowded(b, 100)
	many, further := crowded(b, 10_000)
	page := func(q *projections.Queries, after string) time.Duration {
		started := time.Now()
		rows, _, err := q.Services(b.Context(), "org_a", "", projections.PageRequest{Cursor: after})
		require.NoError(b, err)
		require.Len(b, rows, projections.DefaultLimit)
		return time.Since(started)
	}
	page(few, fewer)
	page(many, further)
	var small, large time.Duration
	b.ResetTimer()
	for range b.N {
		small += page(few, fewer)
		large += page(many, further)
	}
	b.StopTimer()
	b.ReportMetric(float64(small.Microseconds())/1000/float64(b.N), "100-ms")
	b.ReportMetric(float64(large.Microseconds())/1000/float64(b.N), "10000-ms")
	b.ReportMetric(large.Seconds()/small.Seconds(), "many÷few")
}

// crowded is an organization with so many services, and the cursor of the page in their middle.
func crowded(b *testing.B, services int) (q *projections.Queries, middle string) {
	b.Helper()
	pool := postgrestest.New(b)
	crowd(b, pool, services)
	store := postgres.New(pool, slog.New(slog.DiscardHandler))
	b.Cleanup(store.Close)
	log := &eventstore.Log{Store: store, Codec: eventstore.NewCodec(catalog.Events()...)}
	require.NoError(b, projections.Prepare(b.Context(), pool))
	runner := projections.NewRunner(pool, log, slog.New(slog.DiscardHandler))
	require.NoError(b, runner.Rebuild(b.Context(), "service"))
	_, err := pool.Exec(b.Context(), `ANALYZE`)
	require.NoError(b, err)
	q = projections.NewQueries(pool)
	for read := 0; read < services/2; read += projections.DefaultLimit {
		_, middle, err = q.Services(b.Context(), "org_a", "", projections.PageRequest{Cursor: middle})
		require.NoError(b, err)
	}
	return q, middle
}
