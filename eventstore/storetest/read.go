package storetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/eventstore"
)

func readsFrom(t *testing.T, s eventstore.Store) {
	stream := newStream("thing")
	require.Empty(t, read(t, s, stream, 0), "an unknown stream holds nothing")

	all := fill(t, s, stream, 4)
	require.Len(t, all, 4)
	for from := range 6 {
		require.Equal(t, all[min(from, 4):], append([]eventstore.Recorded{}, read(t, s, stream, eventstore.Revision(from))...), "from %d", from)
	}

	long := newStream("long") // longer than any page an adapter reads at a time
	_, err := s.Append(deadline(t), long, eventstore.NoStream, newEvents(1200)...)
	require.NoError(t, err)
	got := read(t, s, long, 0)
	require.Len(t, got, 1200)
	for i, e := range got {
		require.Equal(t, eventstore.Revision(i), e.Revision)
	}
}

func readsAll(t *testing.T, s eventstore.Store) {
	start := head(t, s)
	a, b := newStream("thing"), newStream("other")
	mine := map[string]bool{a: true, b: true}
	for i := range 6 {
		stream := []string{a, b}[i%2]
		_, err := s.Append(deadline(t), stream, eventstore.Revision(i/2-1), newEvent("org_1", i))
		require.NoError(t, err)
	}

	var got []string
	for after := start; len(got) < 6; {
		events, err := s.ReadAll(deadline(t), after, 2)
		require.NoError(t, err)
		require.NotEmpty(t, events)
		require.LessOrEqual(t, len(events), 2)
		for _, e := range events {
			require.Greater(t, e.Position, after)
			after = e.Position
			if mine[e.Stream] {
				got = append(got, e.Stream)
			}
		}
	}
	require.Equal(t, []string{a, b, a, b, a, b}, got)

	end := head(t, s)
	require.GreaterOrEqual(t, end, read(t, s, b, 2)[0].Position)
	events, err := s.ReadAll(deadline(t), end+1_000_000, 10)
	require.NoError(t, err)
	require.Empty(t, events)
}

func reentrant(t *testing.T, s eventstore.Store) {
	stream := newStream("thing")
	fill(t, s, stream, 3)
	n := 0
	for e, err := range s.Read(deadline(t), stream, 0) {
		require.NoError(t, err)
		if n++; n == 2 {
			break
		}
		_, err = s.Append(deadline(t), newStream("inner"), eventstore.NoStream, newEvent("org_1", int(e.Revision)))
		require.NoError(t, err)
	}
	require.Equal(t, 2, n)
}

func waits(t *testing.T, s eventstore.Store) {
	at := head(t, s)
	stream := newStream("thing")
	require.Error(t, s.Wait(ended(), at+1_000_000), "nothing is there")

	woken := make(chan error, 1)
	go func() { woken <- s.Wait(deadline(t), at) }()
	appended, err := s.Append(deadline(t), stream, eventstore.NoStream, newEvent("org_1", 1))
	require.NoError(t, err)
	require.NoError(t, <-woken)
	require.NoError(t, s.Wait(deadline(t), appended.Position-1), "it is there already")
}

// ended is a context that is over.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
