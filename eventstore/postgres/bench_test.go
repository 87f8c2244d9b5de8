package postgres_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
)

// turns is how often appends and raw inserts take turns: what disturbs the machine for a while disturbs both.
const turns = 10

// BenchmarkAppend compares appends with raw inserts of the same rows into a table of the same form, on one connection:
// one row per commit beside one writer, as many rows per commit as there are writers beside 8 and 64. Each of b.N rounds is
// one event for each writer.
func BenchmarkAppend(b *testing.B) {
	pool := postgrestest.Durable(b)
	store := postgres.New(pool, slog.New(slog.DiscardHandler))
	b.Cleanup(store.Close)
	_, err := pool.Exec(context.Background(), `CREATE TABLE raw (LIKE es_event INCLUDING ALL)`)
	require.NoError(b, err)
	for _, held := range logs(b) {
		fill(b, pool, held)
		for _, writers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("events=%d/writers=%d", held, writers), func(b *testing.B) {
				run := rand.Text()
				streams := make([]string, writers)
				for w := range streams {
					streams[w] = fmt.Sprintf("deployment-%s-%d", run, w)
				}
				var ours, floor time.Duration
				b.ResetTimer()
				for turn := range turns {
					from, to := turn*b.N/turns, (turn+1)*b.N/turns
					ours += appends(b, store, streams, from, to)
					floor += rawInserts(b, pool, streams, from, to)
				}
				b.StopTimer()
				events := float64(b.N * writers)
				b.ReportMetric(events/ours.Seconds(), "events/s")
				b.ReportMetric(events/floor.Seconds(), "raw/s")
				b.ReportMetric(floor.Seconds()/ours.Seconds(), "append÷raw")
			})
		}
	}
}

// appends has a writer for each stream append one event after the other, and answers how long that takes.
func appends(b *testing.B, store *postgres.Store, streams []string, from, to int) time.Duration {
	started := time.Now()
	var wg sync.WaitGroup
	for _, stream := range streams {
		wg.Go(func() {
			for rev := from; rev < to; rev++ {
				if _, err := store.Append(context.Background(), stream, eventstore.Revision(rev-1), stepEvent(rev)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(started)
}

// rawInserts is how long inserting the same rows takes with nothing else: a commit for each revision of all streams.
func rawInserts(b *testing.B, pool *pgxpool.Pool, streams []string, from, to int) time.Duration {
	ctx := context.Background()
	conn, err := pool.Acquire(ctx)
	require.NoError(b, err)
	defer conn.Release()
	var last int64
	require.NoError(b, conn.QueryRow(ctx, `SELECT coalesce(max(pos), 0) FROM raw`).Scan(&last))
	started := time.Now()
	for rev := from; rev < to; rev++ {
		var positions, revs, versions []int64
		var ids [][16]byte
		var orgs, types, data, meta []string
		for range streams {
			e := stepEvent(rev)
			m, err := json.Marshal(e.Meta)
			require.NoError(b, err)
			last++
			positions, revs, ids = append(positions, last), append(revs, int64(rev)), append(ids, e.ID)
			orgs, types, versions = append(orgs, e.Meta.Organization), append(types, e.Type), append(versions, int64(e.Version))
			data, meta = append(data, string(e.Data)), append(meta, string(m))
		}
		_, err := conn.Exec(ctx, `INSERT INTO raw (pos, stream, rev, event_id, org, type, version, data, meta, at)
			SELECT p, s, r, i, o, t, v, d, m, now() FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::uuid[],
				$5::text[], $6::text[], $7::bigint[], $8::jsonb[], $9::jsonb[]) AS a (p, s, r, i, o, t, v, d, m)`,
			positions, streams, revs, ids, orgs, types, versions, data, meta)
		require.NoError(b, err)
	}
	return time.Since(started)
}

// logs are how many events the log holds before a benchmark. SYNTRA_BENCH_EVENTS adds one, such as 1000000.
func logs(b *testing.B) []int {
	b.Helper()
	held := []int{10_000, 100_000}
	if more := os.Getenv("SYNTRA_BENCH_EVENTS"); more != "" {
		n, err := strconv.Atoi(more)
		require.NoError(b, err)
		held = append(held, n)
	}
	return held
}

// fill brings the log, and the table beside it, to at least n events in streams of twenty.
func fill(b *testing.B, pool *pgxpool.Pool, n int) {
	b.Helper()
	ctx := context.Background()
	e := stepEvent(1)
	meta, err := json.Marshal(e.Meta)
	require.NoError(b, err)
	_, err = pool.Exec(ctx, `
		INSERT INTO es_event (pos, stream, rev, event_id, org, type, version, data, meta, at)
		SELECT p, 'deployment-' || md5(((p - 1) / 20)::text), (p - 1) % 20, gen_random_uuid(), $2, $3, 1, $4, $5, now()
		  FROM generate_series((SELECT pos FROM es_head) + 1, $1::bigint) AS p`,
		n, e.Meta.Organization, e.Type, e.Data, meta)
	require.NoError(b, err)
	for _, sql := range []string{
		`UPDATE es_head SET pos = (SELECT max(pos) FROM es_event)`,
		`INSERT INTO raw SELECT * FROM es_event WHERE pos > (SELECT coalesce(max(pos), 0) FROM raw)`,
		`VACUUM ANALYZE es_event`, `VACUUM ANALYZE raw`,
	} {
		_, err = pool.Exec(ctx, sql)
		require.NoError(b, err)
	}
}

// stepEvent is of the form and size of the log's most frequent event.
func stepEvent(i int) eventstore.NewEvent {
	data, _ := json.Marshal(deployment.StepSucceeded{Step: deployment.StepRef{ID: "health", Kind: deployment.Health}, Evidence: map[string]string{"attempts": strconv.Itoa(i), "millis": "1250"}})
	return eventstore.NewEvent{ID: uuid.New(), Type: "deployment.step_succeeded", Version: 1, Data: data, Meta: eventstore.Meta{
		Organization: "org_01jd8x7x0vgx9r5w6w2a0b1c2d", Actor: domain.Actor{Kind: domain.ActorWorkflow, ID: "service/svc_01jd8x7x0vgx9r5w6w2a0b1c2d"},
		CommandID: "dep_01jd8x7x0vgx9r5w6w2a0b1c2d/health/finish", Correlation: "dep_01jd8x7x0vgx9r5w6w2a0b1c2d",
	}}
}
