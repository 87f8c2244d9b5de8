package projections_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/projections"
)

// sizes are how many events the logs of a benchmark hold. SYNTRA_BENCH_EVENTS adds one, such as 1000000.
func sizes(b *testing.B) []int {
	b.Helper()
	sizes := []int{10_000, 100_000}
	if more := os.Getenv("SYNTRA_BENCH_EVENTS"); more != "" {
		n, err := strconv.Atoi(more)
		require.NoError(b, err)
		sizes = append(sizes, n)
	}
	return sizes
}

// BenchmarkRebuild compares building all read models anew with reading the log raw and copying the same rows into
// tables of the same form, model by model.
func BenchmarkRebuild(b *testing.B) {
	for _, n := range sizes(b) {
		b.Run(fmt.Sprintf("events=%d", n), func(b *testing.B) {
			pool := postgrestest.Durable(b)
			years(b, pool, n)
			ctx := context.Background()
			store := postgres.New(pool, slog.New(slog.DiscardHandler))
			b.Cleanup(store.Close)
			log := &eventstore.Log{Store: store, Codec: eventstore.NewCodec(catalog.Events()...)}
			require.NoError(b, projections.Prepare(ctx, pool))
			runner := projections.NewRunner(pool, log, slog.New(slog.DiscardHandler))
			head, err := log.Head(ctx)
			require.NoError(b, err)
			models := projections.Models()

			var ours, floor time.Duration
			for range b.N {
				for _, m := range models {
					started := time.Now()
					require.NoError(b, runner.Rebuild(ctx, m.Name))
					ours += time.Since(started)
					raw := readAndCopy(b, pool, m)
					floor += raw
					b.Logf("%s: %v, raw %v", m.Name, time.Since(started)-raw, raw)
				}
			}
			events := float64(b.N) * float64(head) * float64(len(models))
			b.ReportMetric(events/ours.Seconds(), "events/s")
			b.ReportMetric(events/floor.Seconds(), "raw/s")
			b.ReportMetric(floor.Seconds()/ours.Seconds(), "rebuild÷raw")
		})
	}
}

// readAndCopy is how long it takes to read the whole log in one query and to copy the rows that a model holds into
// tables like its own.
func readAndCopy(b *testing.B, pool *pgxpool.Pool, m projections.Model) time.Duration {
	b.Helper()
	ctx := context.Background()
	conn, err := pool.Acquire(ctx)
	require.NoError(b, err)
	defer conn.Release()
	var generation int
	require.NoError(b, conn.QueryRow(ctx, `SELECT generation FROM projection WHERE name = $1 AND live`, m.Name).Scan(&generation))
	schema := fmt.Sprintf("rm_%s_%d", m.Name, generation)
	_, err = conn.Exec(ctx, `SELECT set_config('syntra.projector', 'on', false), set_config('synchronous_commit', 'off', false)`)
	require.NoError(b, err)
	defer func() {
		_, err := conn.Exec(ctx, `RESET ALL`)
		require.NoError(b, err)
	}()
	tables := map[string]*bytes.Buffer{}
	for _, table := range projections.TablesOf(m) {
		tables[table] = &bytes.Buffer{}
		_, err := conn.Conn().PgConn().CopyTo(ctx, tables[table], fmt.Sprintf(
			`COPY (SELECT * FROM %s.%s ORDER BY seq) TO STDOUT (FORMAT binary)`, schema, table))
		require.NoError(b, err)
		_, err = conn.Exec(ctx, fmt.Sprintf(`CREATE TABLE raw_%s (LIKE %s.%s INCLUDING ALL)`, table, schema, table))
		require.NoError(b, err)
	}

	started := time.Now()
	events, err := conn.Query(ctx, `SELECT pos, stream, rev, event_id, type, version, data, meta, at FROM es_event ORDER BY pos`)
	require.NoError(b, err)
	for events.Next() {
		_ = events.RawValues()
	}
	require.NoError(b, events.Err())
	for table, rows := range tables {
		_, err := conn.Conn().PgConn().CopyFrom(ctx, rows, fmt.Sprintf(`COPY raw_%s FROM STDIN (FORMAT binary)`, table))
		require.NoError(b, err)
	}
	took := time.Since(started)

	for table := range tables {
		_, err := conn.Exec(ctx, `DROP TABLE raw_`+table)
		require.NoError(b, err)
	}
	return took
}
