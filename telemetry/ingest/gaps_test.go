package ingest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/dev/clickhousetest"
	"github.com/syntra-dev/syntra/telemetry"
	"github.com/syntra-dev/syntra/telemetry/ingest"
)

const grace = 50 * time.Millisecond

func TestMissingSequencesShowAsAGap(t *testing.T) {
	t.Parallel()
	s := openStore(t, clickhousetest.URL(t))
	dir := t.TempDir()
	sink := openSink(t, ingest.Options{Store: s, Dir: dir, GapGrace: grace})
	require.NoError(t, sink.Write(bounded(t), append(batch("a", 1, 2), batch("a", 6, 7)...)))
	want := []string{"a 1", "a 2", "3 lines are missing: lost on the way from the server", "a 6", "a 7"}
	eventually(t, s, want...)

	// It is shown once, whatever comes after and however often the platform starts.
	closeSink(t, sink)
	sink = openSink(t, ingest.Options{Store: s, Dir: dir, GapGrace: grace})
	require.NoError(t, sink.Write(bounded(t), batch("a", 9, 9)))
	eventually(t, s, append(want, "1 line is missing: lost on the way from the server", "a 9")...)
}

func TestAFollowerSeesTheGap(t *testing.T) {
	t.Parallel()
	s := openStore(t, clickhousetest.URL(t))
	sink := openSink(t, ingest.Options{Store: s, GapGrace: grace})
	require.NoError(t, sink.Write(bounded(t), append(batch("a", 1, 1), batch("a", 3, 3)...)))
	for l, err := range s.Follow(bounded(t), telemetry.LogQuery{Organization: "org", Service: "svc", Deployment: "any"}, telemetry.Beginning) {
		require.NoError(t, err)
		require.Equal(t, telemetry.Gap, l.Stream)
		require.Equal(t, "1 line is missing: lost on the way from the server", l.Body)
		break
	}
}

func TestEachServiceOfTheServerIsTold(t *testing.T) {
	t.Parallel()
	s := openStore(t, clickhousetest.URL(t))
	sink := openSink(t, ingest.Options{Store: s, GapGrace: grace})
	records := append(batch("a", 1, 2), batch("a", 5, 5)...)
	records[0].Service = "other"
	require.NoError(t, sink.Write(bounded(t), records))
	for _, service := range []string{"svc", "other"} {
		require.Eventually(t, func() bool {
			lines := query(t, s, telemetry.LogQuery{Service: service, Streams: []telemetry.Stream{telemetry.Gap}})
			return len(lines) == 1 && lines[0] == "2 lines are missing: lost on the way from the server; some may be of its 1 other services"
		}, 20*time.Second, 20*time.Millisecond)
	}
}

// What fills the hole in time, and what the agent itself says is missing, needs no remark.
func TestNoGapWhereNothingIsLostUntold(t *testing.T) {
	t.Parallel()
	s := openStore(t, clickhousetest.URL(t))
	sink := openSink(t, ingest.Options{Store: s, GapGrace: time.Second})
	ctx := bounded(t)
	require.NoError(t, sink.Write(ctx, append(batch("late", 1, 1), batch("late", 3, 3)...)))
	require.NoError(t, sink.Write(ctx, batch("late", 2, 2)))

	told := append(batch("told", 1, 1), batch("told", 6, 7)...)
	require.NoError(t, sink.Write(ctx, told[:2]))
	told[2].Stream, told[2].Body, told[2].Lost = telemetry.Gap, "the agent lost 4 lines", 4 // after the lines that it still had
	require.NoError(t, sink.Write(ctx, told[2:]))

	// The hole that is made last is the last to be judged.
	require.NoError(t, sink.Write(ctx, append(batch("lost", 1, 1), batch("lost", 3, 3)...)))
	eventually(t, s, "late 1", "lost 1", "told 1", "late 2", "1 line is missing: lost on the way from the server", "late 3", "lost 3", "told 6", "the agent lost 4 lines")
}

// Given a source whose first lines another replica of the platform took, when this one meets it in the middle, then only
// what neither has is a gap.
func TestLinesOfAnotherReplicaAreNoGap(t *testing.T) {
	t.Parallel()
	s := openStore(t, clickhousetest.URL(t))
	ctx := bounded(t)
	one := openSink(t, ingest.Options{Store: s, GapGrace: grace})
	require.NoError(t, one.Write(ctx, batch("a", 1, 3)))
	eventually(t, s, "a 1", "a 2", "a 3")
	two := openSink(t, ingest.Options{Store: s, GapGrace: grace})
	require.NoError(t, two.Write(ctx, batch("a", 5, 6)))
	eventually(t, s, "a 1", "a 2", "a 3", "1 line is missing: lost on the way from the server", "a 5", "a 6")
}
