package projections_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/projections"
)

// BenchmarkLag measures from the answer of an append until every read model shows it: with one append at a time, and with
// 500 events a second.
func BenchmarkLag(b *testing.B) {
	for _, n := range sizes(b) {
		pool := postgrestest.Durable(b)
		years(b, pool, n)
		store := postgres.New(pool, slog.New(slog.DiscardHandler))
		b.Cleanup(store.Close)
		log := &eventstore.Log{Store: store, Codec: eventstore.NewCodec(catalog.Events()...)}
		require.NoError(b, projections.Prepare(b.Context(), pool))
		runner := projections.NewRunner(pool, log, slog.New(slog.DiscardHandler))
		for _, m := range projections.Models() {
			require.NoError(b, runner.Rebuild(b.Context(), m.Name))
		}
		for _, c := range []struct {
			name string
			run  func(*lagRun)
		}{{"quiet", (*lagRun).oneByOne}, {"500-a-second", (*lagRun).paced}} {
			b.Run(fmt.Sprintf("events=%d/%s", n, c.name), func(b *testing.B) {
				l := &lagRun{b: b, log: log, runner: runner, run: rand.Text()}
				l.measure(c.run)
			})
		}
	}
}

// lagRun is one measurement.
type lagRun struct {
	b      *testing.B
	log    *eventstore.Log
	runner *projections.Runner
	run    string
	ctx    context.Context
	events atomic.Int64

	mu   sync.Mutex
	lags []time.Duration
}

func (l *lagRun) measure(run func(*lagRun)) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	l.ctx = ctx
	wg.Go(func() {
		if err := l.runner.Run(ctx); err != nil {
			l.b.Error(err)
		}
	})
	l.one("first")
	l.lags = nil
	l.events.Store(0)
	l.b.ResetTimer()
	started := time.Now()
	run(l)
	took := time.Since(started)
	l.b.StopTimer()
	slices.Sort(l.lags)
	require.Len(l.b, l.lags, l.b.N)
	l.b.ReportMetric(float64(l.lags[len(l.lags)/2].Microseconds())/1000, "p50-ms")
	l.b.ReportMetric(float64(l.lags[len(l.lags)*99/100].Microseconds())/1000, "p99-ms")
	l.b.ReportMetric(float64(l.events.Load())/took.Seconds(), "events/s")
}

// one appends an event, which most read models show, and notes how long that takes.
func (l *lagRun) one(name string) {
	at, err := l.append(name)
	if err != nil {
		l.b.Error(err)
		return
	}
	appended := time.Now()
	if err := l.runner.WaitFor(l.ctx, at); err != nil {
		l.b.Error(err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lags = append(l.lags, time.Since(appended))
}

func (l *lagRun) append(name string) (eventstore.Position, error) {
	id := "dep_" + l.run + "_" + name
	command := eventstore.Command{ID: rand.Text(), Organization: "org_a"}
	res, err := eventstore.Execute(l.ctx, l.log, deployment.Stream(id), command, func(d *deployment.Deployment) ([]domain.Event, error) {
		return d.Request(deployment.Requested{
			DeploymentID: id, ServiceID: "svc_1", Kind: deployment.Deploy, Source: deployment.SourceRef{UploadID: "upl_1"},
		})
	})
	l.events.Add(1)
	return res.Position, err
}

func (l *lagRun) oneByOne() {
	for i := range l.b.N {
		l.one(fmt.Sprint(i))
	}
}

// paced appends an event every two milliseconds, whether the ones before are shown or not.
func (l *lagRun) paced() {
	tick := time.NewTicker(time.Second / 500)
	defer tick.Stop()
	var wg sync.WaitGroup
	for i := range l.b.N {
		<-tick.C
		wg.Go(func() { l.one(fmt.Sprint(i)) })
	}
	wg.Wait()
}
