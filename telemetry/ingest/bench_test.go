package ingest_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/dev/clickhousetest"
	"github.com/syntra-dev/syntra/telemetry"
	"github.com/syntra-dev/syntra/telemetry/ingest"
)

// BenchmarkIngest measures lines per second from Write to ClickHouse, in batches of 1,000, and what the engine weighs
// afterwards.
func BenchmarkIngest(b *testing.B) {
	engine := clickhousetest.Start(b)
	s := openStore(b, engine.URL())
	sink := openSink(b, ingest.Options{Store: s})
	ctx := context.Background()
	next := 1
	for b.Loop() {
		require.NoError(b, sink.Write(ctx, batch("agent", next, next+999)))
		next += 1000
	}
	require.Eventually(b, func() bool { return sink.Lag() == 0 }, time.Minute, time.Millisecond)
	b.ReportMetric(float64(next)/b.Elapsed().Seconds(), "lines/s")
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", engine.Pid()))
	require.NoError(b, err)
	for line := range strings.Lines(string(status)) {
		var kilobytes float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kilobytes); n == 1 {
			b.ReportMetric(kilobytes/1024, "engine-MiB")
		}
	}
}

// BenchmarkLive measures how long a line takes from Write to a follower, one line at a time.
func BenchmarkLive(b *testing.B) {
	s := openStore(b, clickhousetest.URL(b))
	sink := openSink(b, ingest.Options{Store: s})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	arrived := make(chan string)
	go func() {
		for line, err := range s.Follow(ctx, telemetry.LogQuery{Organization: "org", Service: "svc"}, telemetry.Beginning) {
			if err != nil {
				return
			}
			arrived <- line.Body
		}
	}()
	var took []time.Duration
	n := 0
	for b.Loop() {
		n++
		begun := time.Now()
		require.NoError(b, sink.Write(ctx, batch("agent", n, n)))
		require.Equal(b, fmt.Sprintf("agent %d", n), <-arrived)
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "p99-ms")
}
