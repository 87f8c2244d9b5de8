package postgres_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/projections"
)

// BenchmarkAppend compares appends with raw inserts of the same rows into a table of the same form, on one connection:
// one row per commit beside one writer, as many rows per commit as there are writers beside 8 and 64.
func BenchmarkAppend(b *testing.B) {
	pool := postgrestest.Durable(b)
	store := postgres.New(pool, slog.New(slog.DiscardHandler))
	b.Cleanup(store.Close)
	_, err := pool.Exec(context.Background(), `CREATE TABLE raw (LIKE es_event INCLUDING ALL)`)
	require.NoError(b, err)
	for _, c := range []struct{ writers, rowsPerCommit int }{{1, 1}, {8, 8}, {64, 64}} {
		b.Run(fmt.Sprintf("writers=%d", c.writers), func(b *testing.B) {
			run := rand.Text()
			_, err := pool.Exec(context.Background(), `TRUNCATE raw`)
			require.NoError(b, err)
			rows := make([]eventstore.NewEvent, b.N)
			for i := range rows {
				rows[i] = stepEvent(i)
			}

			b.ResetTimer()
			started := time.Now()
			var next atomic.Int64
			var wg sync.WaitGroup
			for w := range c.writers {
				wg.Go(func() {
					stream := fmt.Sprintf("deployment-%s-%d", run, w)
					for rev := eventstore.NoStream; ; rev++ {
						i := next.Add(1) - 1
						if i >= int64(b.N) {
							return
						}
						if _, err := store.Append(context.Background(), stream, rev, rows[i]); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			took := time.Since(started)
			b.StopTimer()

			floor := rawInserts(b, pool, rows, c.rowsPerCommit)
			b.ReportMetric(float64(b.N)/took.Seconds(), "events/s")
			b.ReportMetric(float64(b.N)/floor.Seconds(), "raw/s")
			b.ReportMetric(floor.Seconds()/took.Seconds(), "append÷raw")
		})
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

// rawInserts is how long inserting the same rows takes with nothing else.
func rawInserts(b *testing.B, pool *pgxpool.Pool, rows []eventstore.NewEvent, perCommit int) time.Duration {
	ctx := context.Background()
	conn, err := pool.Acquire(ctx)
	require.NoError(b, err)
	defer conn.Release()
	started, pos := time.Now(), 0
	for batch := range slices.Chunk(rows, perCommit) {
		var positions, versions []int64
		var ids [][16]byte
		var orgs, types, data, meta []string
		for _, e := range batch {
			m, _ := json.Marshal(e.Meta)
			pos++
			positions, versions, ids = append(positions, int64(pos)), append(versions, int64(e.Version)), append(ids, e.ID)
			orgs, types, data, meta = append(orgs, e.Meta.Organization), append(types, e.Type), append(data, string(e.Data)), append(meta, string(m))
		}
		_, err := conn.Exec(ctx, `INSERT INTO raw (pos, stream, rev, event_id, org, type, version, data, meta, at)
			SELECT p, 'deployment-0', p, i, o, t, v, d, m, now()
			FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::jsonb[], $7::jsonb[]) AS a (p, i, o, t, v, d, m)`,
			positions, ids, orgs, types, versions, data, meta)
		require.NoError(b, err)
	}
	return time.Since(started)
}

// BenchmarkLag measures from the answer of an append until every read model shows it: one append at a time, and while
// eight other writers append as fast as they can.
func BenchmarkLag(b *testing.B) {
	pool := postgrestest.Durable(b)
	store := postgres.New(pool, slog.New(slog.DiscardHandler))
	b.Cleanup(store.Close)
	for _, c := range []struct {
		name   string
		others int
	}{{"quiet", 0}, {"busy", 8}} {
		b.Run(c.name, func(b *testing.B) {
			run := rand.Text()
			log := &eventstore.Log{Store: store, Codec: eventstore.NewCodec(catalog.Events()...)}
			runner := projections.NewRunner(pool, log, slog.New(slog.DiscardHandler))
			ctx, cancel := context.WithCancel(context.Background())
			var wg sync.WaitGroup
			defer wg.Wait()
			defer cancel()
			wg.Go(func() {
				if err := runner.Run(ctx); err != nil {
					b.Error(err)
				}
			})
			var noise atomic.Int64
			for w := range c.others {
				wg.Go(func() {
					for i := 0; ctx.Err() == nil; i++ {
						if _, err := deploy(ctx, log, fmt.Sprintf("dep_%s_%d_%d", run, w, i)); err == nil {
							noise.Add(1)
						}
					}
				})
			}
			at, err := deploy(ctx, log, "dep_first_"+run)
			require.NoError(b, err)
			require.NoError(b, runner.WaitFor(ctx, at))

			lags := make([]time.Duration, b.N)
			noise.Store(0)
			b.ResetTimer()
			started := time.Now()
			for i := range lags {
				at, err := deploy(ctx, log, fmt.Sprintf("dep_%s_%d", run, i))
				require.NoError(b, err)
				appended := time.Now()
				require.NoError(b, runner.WaitFor(ctx, at))
				lags[i] = time.Since(appended)
			}
			took := time.Since(started)
			b.StopTimer()
			slices.Sort(lags)
			b.ReportMetric(float64(lags[len(lags)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(lags[len(lags)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(noise.Load()+int64(b.N))/took.Seconds(), "events/s")
		})
	}
}

// deploy requests a deployment, which most read models show.
func deploy(ctx context.Context, log *eventstore.Log, id string) (eventstore.Position, error) {
	res, err := eventstore.Execute(ctx, log, deployment.Stream(id), eventstore.Command{ID: rand.Text(), Organization: "org_1"}, func(d *deployment.Deployment) ([]domain.Event, error) {
		return d.Request(deployment.Requested{DeploymentID: id, ServiceID: "svc_1", Kind: deployment.Deploy, Source: deployment.SourceRef{UploadID: "upl_1"}})
	})
	return res.Position, err
}
