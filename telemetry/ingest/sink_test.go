package ingest_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/dev/clickhousetest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/telemetry"
	"github.com/syntra-dev/syntra/telemetry/ingest"
)

func TestWrittenLinesAreRead(t *testing.T) {
	t.Parallel()
	s := openStore(t, clickhousetest.URL(t))
	sink := openSink(t, ingest.Options{Store: s})
	require.NoError(t, sink.Write(bounded(t), batch("a", 1, 3)))
	eventually(t, s, "a 1", "a 2", "a 3")
	require.NoError(t, sink.Healthy())
}

// Agents send again what was not acknowledged, whole or in part, in the same process or after a restart of the platform.
func TestRepeatedLinesAreTakenOnce(t *testing.T) {
	t.Parallel()
	s := openStore(t, clickhousetest.URL(t))
	dir := t.TempDir()
	ctx := bounded(t)
	sink := openSink(t, ingest.Options{Store: s, Dir: dir})
	require.NoError(t, sink.Write(ctx, append(batch("a", 1, 3), batch("a", 2, 3)...)))
	require.NoError(t, sink.Write(ctx, batch("a", 1, 3)))
	require.NoError(t, sink.Close(ctx))

	metrics := prometheus.NewRegistry()
	sink = openSink(t, ingest.Options{Store: s, Dir: dir, Registerer: metrics})
	require.NoError(t, sink.Write(ctx, batch("a", 2, 4)))
	eventually(t, s, "a 1", "a 2", "a 3", "a 4")
	require.EqualValues(t, 1, value(t, metrics, "syntra_logs_ingested_total"))
	require.EqualValues(t, 2, value(t, metrics, "syntra_logs_copies_total"))
	require.Eventually(t, func() bool { return value(t, metrics, "syntra_logs_stored_total") == 1 }, 20*time.Second, 10*time.Millisecond)
	require.Positive(t, value(t, metrics, "syntra_logs_spool_bytes"))
}

func value(t *testing.T, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() == name {
			m := family.GetMetric()[0]
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

// One tenant's agent cannot make another's lines look like copies.
func TestSourcesBelongToTheirOrganization(t *testing.T) {
	t.Parallel()
	s := openStore(t, clickhousetest.URL(t))
	sink := openSink(t, ingest.Options{Store: s})
	foreign := batch("a", 1, 5)
	for i := range foreign {
		foreign[i].Organization, foreign[i].Body = "other", "not yours"
	}
	require.NoError(t, sink.Write(bounded(t), foreign))
	require.NoError(t, sink.Write(bounded(t), batch("a", 1, 2)))
	eventually(t, s, "a 1", "a 2")
}

func TestMalformedLinesAreRefusedAlone(t *testing.T) {
	t.Parallel()
	s := openStore(t, clickhousetest.URL(t))
	sink := openSink(t, ingest.Options{Store: s})
	records := batch("a", 1, 3)
	records[1].Organization = ""
	records = append(records, batch("syntra/gap/x", 1, 1)...)
	require.NoError(t, sink.Write(bounded(t), records))
	require.NoError(t, sink.Write(bounded(t), batch("b", 9, 9)))
	require.Eventually(t, func() bool { return len(query(t, s, telemetry.LogQuery{})) == 3 }, 20*time.Second, 20*time.Millisecond)
}

func TestClosedSinkTakesNothing(t *testing.T) {
	t.Parallel()
	sink := openSink(t, ingest.Options{Store: openStore(t, clickhousetest.URL(t))})
	require.NoError(t, sink.Close(bounded(t)))
	require.Equal(t, domain.Unavailable, domain.CodeOf(sink.Write(bounded(t), batch("a", 1, 1))))
}

// While ClickHouse is away lines wait on disk; when the disk's share is full the oldest go and a gap says how many.
func TestFullSpoolShowsAGap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx := bounded(t)
	sink := openSink(t, ingest.Options{Store: openStore(t, "http://127.0.0.1:1/nowhere"), Dir: dir, SegmentBytes: 4 << 10, MaxBytes: 20 << 10})
	const total = 1000
	for n := 1; n <= total; n += 10 {
		require.NoError(t, sink.Write(ctx, batch("a", n, n+9)))
	}
	require.Eventually(t, func() bool { return sink.Healthy() != nil }, 20*time.Second, 10*time.Millisecond)
	require.Positive(t, sink.Lag())
	closeSink(t, sink)

	s := openStore(t, clickhousetest.URL(t))
	openSink(t, ingest.Options{Store: s, Dir: dir})
	last := fmt.Sprintf("a %d", total)
	require.Eventually(t, func() bool { return len(query(t, s, telemetry.LogQuery{Text: `"` + last + `"`})) == 1 }, 20*time.Second, 20*time.Millisecond)
	lines, err := s.Query(ctx, telemetry.LogQuery{Organization: "org", Service: "svc", Limit: telemetry.MaxLimit})
	require.NoError(t, err)
	kept, lost := 0, 0
	for _, l := range lines {
		if l.Stream != telemetry.Gap {
			kept++
			continue
		}
		require.Equal(t, fmt.Sprintf("%d lines are missing: the log store was away for too long", l.Lost), l.Body)
		lost += int(l.Lost)
	}
	require.Positive(t, lost)
	require.Equal(t, total, kept+lost)
	require.Less(t, kept, total)
}

// The platform is killed again and again while agents write: what was acknowledged is read once.
func TestKilledPlatformLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	url, dir := clickhousetest.URL(t), t.TempDir()
	acknowledged := 0
	for round := range 4 {
		command := exec.Command(os.Args[0])
		command.Env = append(os.Environ(), platformEnv+"="+dir+" "+url)
		command.Stderr = os.Stderr
		in, err := command.StdinPipe()
		require.NoError(t, err)
		out, err := command.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, command.Start())
		answers := bufio.NewScanner(out)
		for range 10 + 7*round {
			// The first batch of a round repeats the last one, as an agent does that got no answer.
			_, err := fmt.Fprintln(in, max(1, acknowledged-99), acknowledged+100)
			require.NoError(t, err)
			require.True(t, answers.Scan())
			acknowledged += 100
		}
		_, _ = fmt.Fprintln(in, acknowledged+1, acknowledged+100) // under way
		require.NoError(t, command.Process.Kill())
		_ = command.Wait()
	}
	s := openStore(t, url)
	sink := openSink(t, ingest.Options{Store: s, Dir: dir})
	require.NoError(t, sink.Write(bounded(t), batch("agent", acknowledged+1, acknowledged+100)))
	acknowledged += 100
	expectNumbers(t, follow(t, s, acknowledged), acknowledged)
	require.Empty(t, query(t, s, telemetry.LogQuery{Text: "missing"}))
}

// follow reads n lines.
func follow(t *testing.T, s telemetry.LogReader, n int) (texts []string) {
	for l, err := range s.Follow(bounded(t), telemetry.LogQuery{Organization: "org", Service: "svc"}, telemetry.Beginning) {
		require.NoError(t, err)
		texts = append(texts, l.Body)
		if len(texts) == n {
			break
		}
	}
	return texts
}

// expectNumbers checks that the lines are 1…n of the one source, each once.
func expectNumbers(t *testing.T, texts []string, n int) {
	t.Helper()
	seen := make(map[string]bool, n)
	for _, text := range texts {
		require.False(t, seen[text], "%q came twice", text)
		seen[text] = true
	}
	for i := 1; i <= n; i++ {
		require.True(t, seen[fmt.Sprintf("agent %d", i)], "line %d is lost", i)
	}
}

// The engine is killed again and again while 60,000 lines come in and someone follows them: each is seen once.
func TestKilledEngineLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	engine := clickhousetest.Start(t)
	s := openStore(t, engine.URL())
	sink := openSink(t, ingest.Options{Store: s})
	ctx, cancel := context.WithCancel(bounded(t))
	defer cancel()
	const total, step = 60_000, 1_000

	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	work.Go(func() {
		for n := 1; n <= total; n += step {
			if err := sink.Write(ctx, batch("agent", n, n+step-1)); err != nil {
				return
			}
		}
	})
	work.Go(func() {
		for range 5 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(400 * time.Millisecond):
			}
			if pid := engine.Pid(); pid != 0 {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	})
	expectNumbers(t, follow(t, s, total), total)

	// And to one who pages through it afterwards.
	var paged []string
	q := telemetry.LogQuery{Organization: "org", Service: "svc", Limit: telemetry.MaxLimit}
	for {
		lines, err := s.Query(ctx, q)
		if domain.CodeOf(err) == domain.Unavailable {
			continue // killed just now
		}
		require.NoError(t, err)
		if len(lines) == 0 {
			break
		}
		paged = append(paged, bodies(lines)...)
		q.Before = lines[0].Cursor
	}
	expectNumbers(t, paged, total)
	require.Len(t, paged, total)
}

func TestManyWritersShareTheDisk(t *testing.T) {
	t.Parallel()
	s := openStore(t, clickhousetest.URL(t))
	sink := openSink(t, ingest.Options{Store: s})
	ctx := bounded(t)
	var work sync.WaitGroup
	for w := range 20 {
		work.Go(func() {
			for n := 1; n <= 10; n++ {
				if err := sink.Write(ctx, batch(fmt.Sprintf("w%d", w), n, n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	require.Eventually(t, func() bool { return len(query(t, s, telemetry.LogQuery{Limit: 1000})) == 200 }, 20*time.Second, 20*time.Millisecond)
	for w := range 20 {
		texts := query(t, s, telemetry.LogQuery{Text: fmt.Sprintf("w%d", w), Limit: 1000})
		require.Len(t, texts, 10, strings.Join(texts, "\n"))
	}
}
