package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/eventstore"
)

func oneWriterWins(t *testing.T, s eventstore.Store) {
	stream := newStream("thing")
	const writers, rounds = 50, 4
	for round := range rounds {
		var mu sync.Mutex
		won, lost := 0, 0
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				_, err := s.Append(deadline(t), stream, eventstore.Revision(round-1), newEvent("org_1", round))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case errors.Is(err, eventstore.ErrConflict):
					lost++
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, won)
		require.Equal(t, writers-1, lost)
	}
	require.Len(t, read(t, s, stream, 0), rounds)
}

// concurrent runs 50 writers, half of them on one stream, while a subscriber and a poller read along.
func concurrent(t *testing.T, s eventstore.Store) {
	const writers, each = 50, 20
	start, kind := end(t, s), newStream("busy")
	filter := eventstore.Filter{StreamPrefixes: []string{kind}}

	live := make(chan []eventstore.Recorded, 1)
	go func() {
		var seen []eventstore.Recorded
		for e, err := range s.Subscribe(deadline(t), start, filter) {
			if err != nil {
				t.Error(err)
				break
			}
			if seen = append(seen, e); len(seen) == writers*each {
				break
			}
		}
		live <- seen
	}()

	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			if w%2 == 0 {
				contend(t, s, kind+"-shared", each)
				return
			}
			for i := range each {
				if _, err := s.Append(deadline(t), fmt.Sprintf("%s-%d", kind, w), eventstore.Revision(i-1), newEvent("org_1", i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()

	seen := <-live
	require.Len(t, seen, writers*each)
	revisions := map[string]eventstore.Revision{}
	ids := map[string]bool{}
	for i, e := range seen {
		if i > 0 {
			require.Greater(t, e.Position, seen[i-1].Position, "in the order of the log")
		}
		last, known := revisions[e.Stream]
		require.True(t, !known && e.Revision == 0 || known && e.Revision == last+1, "%s: %d after %d", e.Stream, e.Revision, last)
		revisions[e.Stream] = e.Revision
		require.False(t, ids[e.ID.String()], "seen twice")
		ids[e.ID.String()] = true
	}
	require.Equal(t, seen, receive(t, s, start, filter, writers*each), "a later reader sees what the live one saw")
}

// contend appends n events to a stream that others write too.
func contend(t *testing.T, s eventstore.Store, stream string, n int) {
	expected := eventstore.NoStream
	for i := 0; i < n; {
		at, err := s.Append(deadline(t), stream, expected, newEvent("org_1", i))
		switch {
		case err == nil:
			expected = at.Revision
			i++
		case errors.Is(err, eventstore.ErrConflict):
			for e, err := range s.Read(deadline(t), stream, expected+1) {
				if err != nil {
					t.Error(err)
					return
				}
				expected = e.Revision
			}
		default:
			t.Error(err)
			return
		}
	}
}

func resumes(t *testing.T, s eventstore.Store) {
	start, stream := end(t, s), newStream("thing")
	filter := eventstore.Filter{StreamPrefixes: []string{stream}}
	all := fill(t, s, stream, 5)
	require.Equal(t, all, receive(t, s, start, filter, 5))
	for i, e := range all[:4] {
		require.Equal(t, all[i+1:], receive(t, s, e.Cursor(), filter, 4-i), "after %s", e.Position)
	}
}

func filters(t *testing.T, s eventstore.Store) {
	start := end(t, s)
	apples, pears, org := newStream("apple"), newStream("pear"), newStream("org")
	for i := range 3 {
		for _, stream := range []string{apples, pears, newStream("noise")} {
			owner := "org_other"
			if i == 1 {
				owner = org
			}
			expected := eventstore.Revision(i - 1)
			if stream != apples && stream != pears {
				expected = eventstore.NoStream
			}
			_, err := s.Append(deadline(t), stream, expected, newEvent(owner, i))
			require.NoError(t, err)
		}
	}
	streams := func(filter eventstore.Filter, n int) (out []string) {
		for _, e := range receive(t, s, start, filter, n) {
			out = append(out, e.Stream)
		}
		return out
	}
	require.Equal(t, []string{apples, apples, apples}, streams(eventstore.Filter{StreamPrefixes: []string{apples}}, 3))
	require.Equal(t, []string{apples, pears, apples, pears, apples, pears}, streams(eventstore.Filter{StreamPrefixes: []string{apples, pears}}, 6))
	require.Equal(t, []string{apples, pears}, streams(eventstore.Filter{Organization: org}, 2))
	require.Equal(t, []string{pears}, streams(eventstore.Filter{Organization: org, StreamPrefixes: []string{pears}}, 1))

	// A percent sign or an underscore in a prefix means itself.
	odd := newStream("odd") + "_%"
	_, err := s.Append(deadline(t), odd, eventstore.NoStream, newEvent("org_1", 1))
	require.NoError(t, err)
	require.Equal(t, []string{odd}, streams(eventstore.Filter{StreamPrefixes: []string{odd}}, 1))
}

func follows(t *testing.T, s eventstore.Store) {
	stream := newStream("thing")
	ctx, cancel := context.WithCancel(deadline(t))
	defer cancel()
	seen := make(chan eventstore.Recorded)
	over := make(chan struct{})
	start := end(t, s)
	go func() {
		defer close(over)
		for e, err := range s.Subscribe(ctx, start, eventstore.Filter{StreamPrefixes: []string{stream}}) {
			if err != nil {
				t.Error(err)
				return
			}
			seen <- e
		}
	}()
	var last eventstore.Position
	for i := range 5 {
		at, err := s.Append(deadline(t), stream, eventstore.Revision(i-1), newEvent("org_1", i))
		require.NoError(t, err)
		if i == 0 {
			continue // it may have come before the subscription
		}
		for e := range seen {
			require.Greater(t, e.Position, last)
			if last = e.Position; e.Position == at.Position {
				break
			}
		}
	}
	cancel()
	<-over
}
