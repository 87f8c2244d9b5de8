package spool_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/spool"
	"github.com/syntra-dev/syntra/telemetry"
)

var start = time.Unix(1_700_000_000, 0).UTC()

func open(t *testing.T, dir string, limit int64) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, limit)
	require.NoError(t, err)
	return s
}

// line is the n-th line of a replica, a millisecond after the one before.
func line(service string, n int) spool.Line {
	return spool.Line{From: service + ".1", Record: telemetry.Record{
		At: start.Add(time.Duration(n) * time.Millisecond), Service: service, Replica: "1", Stream: telemetry.Stdout, Body: fmt.Sprintf("%s %d", service, n),
	}}
}

func fill(t *testing.T, s *spool.Spool, service string, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		require.NoError(t, s.Append(line(service, n)))
	}
}

// drain takes all that waits, acknowledging in batches of size.
func drain(t *testing.T, s *spool.Spool, size int) (out []telemetry.Record) {
	t.Helper()
	for s.Waiting() > 0 {
		b, err := s.Next(context.Background(), size, 1<<20)
		require.NoError(t, err)
		require.Equal(t, b.Number, b.Records[len(b.Records)-1].Sequence)
		out = append(out, b.Records...)
		require.NoError(t, s.Ack(b.Number))
	}
	return out
}

func TestLinesComeOutAsTheyWentInAcrossRestarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var got []telemetry.Record
	for round := range 5 {
		s := open(t, dir, 64<<10)
		fill(t, s, "svc", round*100, round*100+100)
		// What was sent and not acknowledged comes again, the same.
		before, err := s.Next(context.Background(), 30, 1<<20)
		require.NoError(t, err)
		again, err := s.Next(context.Background(), 30, 1<<20)
		require.NoError(t, err)
		require.Equal(t, before, again)
		if round%2 == 0 {
			got = append(got, drain(t, s, 7)...)
		}
		if round != 3 { // once without an orderly end
			require.NoError(t, s.Close())
		}
	}
	s := open(t, dir, 64<<10)
	got = append(got, drain(t, s, 1000)...)
	require.Len(t, got, 500)
	for i, r := range got {
		require.Equal(t, fmt.Sprintf("svc %d", i), r.Body)
		require.EqualValues(t, i+1, r.Sequence)
		require.Equal(t, got[0].Source, r.Source)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	require.NoError(t, err)
	require.LessOrEqual(t, len(files), 2, "what the hub has is not kept")
}

func TestNumbersAreNeverUsedTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, 256<<10)
	fill(t, s, "svc", 0, 200)
	drain(t, s, 1000)
	require.NoError(t, s.Close())
	s = open(t, dir, 256<<10)
	fill(t, s, "svc", 200, 201)
	require.EqualValues(t, 201, drain(t, s, 10)[0].Sequence)
}

func TestACrashInTheMiddleOfALineCostsThatLineOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, 0)
	fill(t, s, "svc", 0, 3)
	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	require.NoError(t, err)
	info, err := os.Stat(files[0])
	require.NoError(t, err)
	require.NoError(t, os.Truncate(files[0], info.Size()-10))

	s = open(t, dir, 0)
	require.Equal(t, spool.Cursor{At: line("svc", 1).At, Seen: 1}, s.Cursor("svc.1"), "the follower reads the third one again")
	fill(t, s, "svc", 2, 4)
	var bodies []string
	for _, r := range drain(t, s, 10) {
		bodies = append(bodies, r.Body)
	}
	require.Equal(t, []string{"svc 0", "svc 1", "svc 2", "svc 3"}, bodies)
}

func TestTheCursorCountsLinesOfOneTimeAndOutlivesTheLines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, 256<<10)
	fill(t, s, "svc", 0, 300)
	same := line("svc", 300)
	require.NoError(t, s.Append(same, same, same))
	drain(t, s, 1000)
	for range 3 { // with and without a close
		require.Equal(t, spool.Cursor{At: same.At, Seen: 3}, open(t, dir, 256<<10).Cursor("svc.1"))
	}
	require.NoError(t, s.Close())
	s = open(t, dir, 256<<10)
	require.Equal(t, spool.Cursor{At: same.At, Seen: 3}, s.Cursor("svc.1"))
	s.Drop("svc.1")
	require.Zero(t, s.Cursor("svc.1"))
}

func TestAFullSpoolGivesTheOldestUpAndCountsThem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const limit = 256 << 10
	s := open(t, dir, limit)
	for n := range 4000 {
		require.NoError(t, s.Append(line("svc_a", n), line("svc_b", n)))
	}
	size := int64(0)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".log") {
			info, _ := d.Info()
			size += info.Size()
		}
		return err
	}))
	require.LessOrEqual(t, size, int64(limit+limit/8))

	left, lost, sequences := map[string]int{}, map[string]int{}, uint64(0)
	arrived := 0
	for _, r := range drain(t, s, 500) {
		arrived++
		if r.Stream == telemetry.Gap {
			var n int
			_, err := fmt.Sscanf(r.Body, "%d lines are missing", &n)
			require.NoError(t, err)
			lost[r.Service] += n
			sequences += r.Lost
			continue
		}
		left[r.Service]++
	}
	for _, service := range []string{"svc_a", "svc_b"} {
		require.Positive(t, lost[service])
		require.Equal(t, 4000, left[service]+lost[service], "no line is missing without a word, and none is counted twice")
	}
	require.Equal(t, s.Last(), uint64(arrived)+sequences, "each number has arrived or is told to be lost")
}

func TestNextWaitsForALine(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), 0)
	got := make(chan spool.Batch, 1)
	go func() {
		b, _ := s.Next(context.Background(), 10, 1<<20)
		got <- b
	}()
	fill(t, s, "svc", 0, 1)
	require.Len(t, (<-got).Records, 1)

	ctx, cancel := context.WithCancelCause(context.Background())
	gone := errors.New("gone")
	cancel(gone)
	require.NoError(t, s.Ack(1))
	_, err := s.Next(ctx, 10, 1<<20)
	require.ErrorIs(t, err, gone)
	require.NoError(t, s.Acked(context.Background(), 1))
}

func TestOddLinesAreMadeFit(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), 0)
	require.NoError(t, s.Append(spool.Line{Record: telemetry.Record{At: start, Body: strings.Repeat("é", telemetry.MaxBody)}},
		spool.Line{Record: telemetry.Record{At: start, Body: "\xff\x00\n\"\u2028"}}))
	got := drain(t, s, 10)
	require.True(t, strings.HasSuffix(got[0].Body, "…[cut]"))
	require.Less(t, len(got[0].Body), telemetry.MaxBody+16)
	require.Equal(t, "\uFFFD\x00\n\"\u2028", got[1].Body)
	require.True(t, slices.IsSortedFunc(got, func(a, b telemetry.Record) int { return int(a.Sequence) - int(b.Sequence) }))
}
