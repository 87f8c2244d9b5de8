package storetest

import (
	"context"
	"iter"
	"testing"

	"github.com/syntra-dev/syntra/dev/itertest"
	"github.com/syntra-dev/syntra/eventstore"
)

func leaves(t *testing.T, s eventstore.Store) {
	const events = 3
	start, stream := end(t, s), newStream("thing")
	fill(t, s, stream, events)
	itertest.StopsWhenLeft(t, events, func(ctx context.Context) iter.Seq2[eventstore.Recorded, error] {
		return s.Read(ctx, stream, 0)
	})
	itertest.StopsWhenLeft(t, events, func(ctx context.Context) iter.Seq2[eventstore.Recorded, error] {
		return s.Subscribe(ctx, start, eventstore.Filter{StreamPrefixes: []string{stream}})
	})
	// With a context that has ended, Read yields its one error.
	itertest.StopsWhenLeft(t, 1, func(ctx context.Context) iter.Seq2[eventstore.Recorded, error] {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		return s.Read(ended, stream, 0)
	})
}
