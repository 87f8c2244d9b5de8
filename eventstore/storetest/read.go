package storetest

import (
	"context"
	"testing"

	"github.com/google/uuid"
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
	start := end(t, s)
	a, b := newStream("thing"), newStream("other")
	mine := map[string]bool{a: true, b: true}
	for i := range 6 {
		stream := []string{a, b}[i%2]
		_, err := s.Append(deadline(t), stream, eventstore.Revision(i/2-1), newEvent("org_1", i))
		require.NoError(t, err)
	}

	var got []string
	for after := start; len(got) < 6; {
		events, upTo, err := s.ReadAll(deadline(t), after, eventstore.Filter{}, 2)
		require.NoError(t, err)
		require.NotEmpty(t, events)
		require.LessOrEqual(t, len(events), 2)
		for _, e := range events {
			require.Greater(t, e.Position, after.Position)
			after = e.Cursor()
			if mine[e.Stream] {
				got = append(got, e.Stream)
			}
		}
		if len(events) == 2 {
			require.Equal(t, after, upTo)
		}
	}
	require.Equal(t, []string{a, b, a, b, a, b}, got)

	last := head(t, s)
	require.GreaterOrEqual(t, last, read(t, s, b, 2)[0].Position)
	events, _, err := s.ReadAll(deadline(t), eventstore.Cursor{Position: last + 1_000_000}, eventstore.Filter{}, 10)
	require.NoError(t, err)
	require.Empty(t, events)
}

func refusesForeign(t *testing.T, s eventstore.Store) {
	all := fill(t, s, newStream("thing"), 3)
	first, last := all[0].Cursor(), all[2].Cursor()
	foreign := eventstore.Cursor{Position: last.Position, EventID: uuid.New()}
	beyond := eventstore.Cursor{Position: head(t, s) + 1_000_000, EventID: uuid.New()}
	var rewritten *eventstore.ErrRewritten
	for _, c := range []eventstore.Cursor{foreign, beyond} {
		_, _, err := s.ReadAll(deadline(t), c, eventstore.Filter{}, 10)
		require.ErrorAs(t, err, &rewritten)
		require.Equal(t, c, rewritten.At)
		for _, err := range s.Subscribe(deadline(t), c, eventstore.Filter{}) {
			require.ErrorAs(t, err, &rewritten)
			require.Equal(t, c, rewritten.At)
		}
	}
	agreed, err := s.Agreed(deadline(t), foreign, first, last, beyond)
	require.NoError(t, err)
	require.Equal(t, last, agreed)
	agreed, err = s.Agreed(deadline(t), first, foreign)
	require.NoError(t, err)
	require.Equal(t, first, agreed)
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
