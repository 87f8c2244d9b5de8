package api_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
)

func TestAnOlderReplicaSaysSoInsteadOfGuessing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	h.newerEvent(service.Stream(e.service.ID))

	h.owner.post("/services/"+e.service.ID+"/resume", nil).problem(503, "unavailable", "replica_outdated")
}

// newerEvent appends an event that only a newer program knows.
func (h *house) newerEvent(stream string) {
	h.Helper()
	ctx := context.Background()
	var events []eventstore.Recorded
	for r, err := range h.log.Store.Read(ctx, stream, 0) {
		require.NoError(h, err)
		events = append(events, r)
	}
	last := slices.MaxFunc(events, func(a, b eventstore.Recorded) int { return int(a.Revision - b.Revision) })
	_, err := h.log.Store.Append(ctx, stream, last.Revision, eventstore.NewEvent{
		ID: uuid.New(), Type: "service.teleported", Version: 1, Data: json.RawMessage(`{}`), Meta: last.Meta,
	})
	require.NoError(h, err)
}
