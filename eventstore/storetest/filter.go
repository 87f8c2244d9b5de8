package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/eventstore"
)

func readsWithout(t *testing.T, s eventstore.Store) {
	start, stream := end(t, s), newStream("thing")
	kinds := []struct {
		eventType string
		version   int
	}{{"test.kept", 1}, {"test.left", 1}, {"test.left", 3}, {"test.other", 2}, {"test.kept", 1}, {"test.left", 2}}
	for i, kind := range kinds {
		e := newEvent("org_1", i)
		e.Type, e.Version = kind.eventType, kind.version
		_, err := s.Append(deadline(t), stream, eventstore.Revision(i-1), e)
		require.NoError(t, err)
	}
	all := read(t, s, stream, 0)
	filter := eventstore.Filter{
		StreamPrefixes: []string{stream},
		Without:        map[string]int{"test.left": 2, "test.other": 2, "test.absent": 1},
	}

	// What is left out is so in versions that were known; a newer one is kept.
	kept, upTo, err := s.ReadAll(deadline(t), start, filter, 10)
	require.NoError(t, err)
	require.Equal(t, []eventstore.Recorded{all[0], all[2], all[4]}, kept)

	// Then the place is behind what was left out, and a full page ends at its last event.
	require.GreaterOrEqual(t, upTo.Position, all[5].Position)
	page, upTo, err := s.ReadAll(deadline(t), start, filter, 2)
	require.NoError(t, err)
	require.Equal(t, kept[:2], page)
	require.Equal(t, all[2].Cursor(), upTo)
	require.Equal(t, kept, receive(t, s, start, filter, 3), "a subscription is narrowed alike")
}
