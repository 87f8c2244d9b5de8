package postgres

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/eventstore"
)

// An append's outcome was set twice where its caller went after it had one: a panic, and the end of the whole platform.
func TestAnOutcomeIsSetOnce(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	leave()
	for range 100 { // what is ready at once is looked at in any order
		gone := &request{ctx: ctx, done: make(chan struct{})}
		there := &request{ctx: t.Context(), done: make(chan struct{})}
		answered := &request{ctx: ctx, done: make(chan struct{})}
		answered.finish(eventstore.Appended{Position: 7}, nil)

		require.Equal(t, []*request{there}, waiting([]*request{gone, there, answered}))
		require.ErrorIs(t, gone.err, context.Canceled)
		require.NoError(t, answered.err)
		require.EqualValues(t, 7, answered.at.Position)
	}
}
