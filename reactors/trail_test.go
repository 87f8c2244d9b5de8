package reactors

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/eventstore"
)

func TestTrail_staysShortAndReachesBackToTheFirstCheckpoint(t *testing.T) {
	t.Parallel()
	var tr trail
	for i := 1; i <= 100_000; i++ {
		tr = tr.with(eventstore.Cursor{Position: eventstore.Position(i), EventID: uuid.New()})
		require.LessOrEqual(t, len(tr), keepTrail)
		require.Equal(t, eventstore.Position(1), tr[0].Position)
		require.Equal(t, eventstore.Position(i), tr[len(tr)-1].Position)
	}
	for i := 1; i < len(tr); i++ {
		require.Greater(t, tr[i].Position, tr[i-1].Position)
	}
	for i := range keepTrail / 4 {
		require.Equal(t, eventstore.Position(100_000-i), tr[len(tr)-1-i].Position, "the newest have no gaps")
	}
	require.Equal(t, tr[:3], tr.upTo(tr[2]))
	require.Empty(t, tr.upTo(eventstore.Cursor{}))
}
