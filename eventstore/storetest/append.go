package storetest

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
)

func readsBack(t *testing.T, s eventstore.Store) {
	stream, before := newStream("thing"), time.Now().Add(-time.Minute)
	e := eventstore.NewEvent{
		ID: uuid.New(), Type: "thing.made", Version: 3, Data: json.RawMessage(`{"text":"grün \"x\" \\u0000","list":[1,2.5,null,true],"deep":{"a":{}}}`),
		Meta: eventstore.Meta{Organization: "org_1", Actor: domain.Actor{Kind: domain.ActorAgent, ID: "srv_1"}, CommandID: "c1", Causation: "e0", Correlation: "dep_1", Trace: "00-ab-cd-01"},
	}
	at, err := s.Append(deadline(t), stream, eventstore.NoStream, e)
	require.NoError(t, err)
	require.Equal(t, eventstore.Revision(0), at.Revision)
	require.False(t, at.Duplicate)

	got := read(t, s, stream, 0)
	require.Len(t, got, 1)
	require.Equal(t, at.Position, got[0].Position)
	require.Equal(t, stream, got[0].Stream)
	require.Equal(t, eventstore.Revision(0), got[0].Revision)
	require.Equal(t, e.ID, got[0].ID)
	require.Equal(t, e.Type, got[0].Type)
	require.Equal(t, e.Version, got[0].Version)
	require.JSONEq(t, string(e.Data), string(got[0].Data))
	require.Equal(t, e.Meta, got[0].Meta)
	require.True(t, got[0].At.After(before), "the store dates its events")
}

func expectations(t *testing.T, s eventstore.Store) {
	stream := newStream("thing")
	_, err := s.Append(deadline(t), stream, 0, newEvent("org_1", 0))
	require.ErrorIs(t, err, eventstore.ErrConflict, "there is no stream yet")
	require.Empty(t, read(t, s, stream, 0))

	_, err = s.Append(deadline(t), stream, eventstore.NoStream, newEvent("org_1", 0))
	require.NoError(t, err)
	at, err := s.Append(deadline(t), stream, 0, newEvent("org_1", 1), newEvent("org_1", 2))
	require.NoError(t, err)
	require.Equal(t, eventstore.Revision(2), at.Revision, "of the last event")

	for _, stale := range []eventstore.Revision{eventstore.NoStream, 0, 1, 3} {
		_, err = s.Append(deadline(t), stream, stale, newEvent("org_1", 9))
		require.ErrorIs(t, err, eventstore.ErrConflict, "expected %d", stale)
	}
	require.Len(t, read(t, s, stream, 0), 3)
}

func wholeOrNothing(t *testing.T, s eventstore.Store) {
	stream, events := newStream("thing"), newEvents(5)
	at, err := s.Append(deadline(t), stream, eventstore.NoStream, events...)
	require.NoError(t, err)
	require.Equal(t, eventstore.Revision(4), at.Revision)

	_, err = s.Append(deadline(t), stream, 3, newEvents(4)...)
	require.ErrorIs(t, err, eventstore.ErrConflict)

	got := read(t, s, stream, 0)
	require.Len(t, got, 5)
	for i, e := range got {
		require.Equal(t, eventstore.Revision(i), e.Revision)
		require.Equal(t, events[i].ID, e.ID)
		if i > 0 {
			require.Greater(t, e.Position, got[i-1].Position)
		}
	}
	require.Equal(t, at.Position, got[4].Position)
}

func duplicates(t *testing.T, s eventstore.Store) {
	stream, events := newStream("thing"), newEvents(3)
	first, err := s.Append(deadline(t), stream, eventstore.NoStream, events...)
	require.NoError(t, err)
	_, err = s.Append(deadline(t), stream, first.Revision, newEvent("org_1", 9))
	require.NoError(t, err)

	for _, expected := range []eventstore.Revision{eventstore.NoStream, 0, 2, 3, 77} {
		again, err := s.Append(deadline(t), stream, expected, events...)
		require.NoError(t, err)
		require.Equal(t, eventstore.Appended{Position: first.Position, Revision: first.Revision, Duplicate: true}, again, "expected %d", expected)
	}
	require.Len(t, read(t, s, stream, 0), 4)
}

func corrupt(t *testing.T, s eventstore.Store) {
	stream, events := newStream("thing"), newEvents(2)
	_, err := s.Append(deadline(t), stream, eventstore.NoStream, events...)
	require.NoError(t, err)
	_, err = s.Append(deadline(t), stream, 1, events[1], newEvent("org_1", 2))
	require.Error(t, err)
	require.NotErrorIs(t, err, eventstore.ErrConflict, "deciding anew would not help")
	require.Len(t, read(t, s, stream, 0), 2)
}

func idsPerStream(t *testing.T, s eventstore.Store) {
	e := newEvent("org_1", 1)
	for range 2 {
		at, err := s.Append(deadline(t), newStream("thing"), eventstore.NoStream, e)
		require.NoError(t, err)
		require.False(t, at.Duplicate)
	}
}

// malformed runs good and bad appends together: those that share a transaction with a bad one must not suffer.
func malformed(t *testing.T, s eventstore.Store) {
	twice := newEvent("org_1", 1)
	noID, noType, noVersion, notJSON, nul := newEvent("org_1", 1), newEvent("org_1", 1), newEvent("org_1", 1), newEvent("org_1", 1), newEvent("org_1", 1)
	noID.ID, noType.Type, noVersion.Version, notJSON.Data = uuid.Nil, "", 0, json.RawMessage(`{"n":`)
	nul.Data = json.RawMessage(`{"text":"\u0000"}`) // legal JSON: kept or refused, but never half
	bad := map[string][]eventstore.NewEvent{"none": {}, "no id": {noID}, "no type": {noType}, "no version": {noVersion}, "not JSON": {notJSON}, "twice": {twice, twice}}

	var wg sync.WaitGroup
	for name, events := range bad {
		wg.Go(func() {
			stream := newStream("bad")
			if _, err := s.Append(deadline(t), stream, eventstore.NoStream, events...); err == nil {
				t.Errorf("%s: accepted", name)
			}
		})
		wg.Go(func() {
			_, _ = s.Append(deadline(t), newStream("nul"), eventstore.NoStream, nul)
		})
		wg.Go(func() {
			if _, err := s.Append(deadline(t), newStream("good"), eventstore.NoStream, newEvent("org_1", 1)); err != nil {
				t.Errorf("a good append beside a bad one: %v", err)
			}
		})
	}
	wg.Wait()
	_, err := s.Append(deadline(t), "", eventstore.NoStream, newEvent("org_1", 1))
	require.Error(t, err, "a stream has a name")
	_, err = s.Append(deadline(t), newStream("bad"), -2, newEvent("org_1", 1))
	require.Error(t, err, "there is no such expectation")
}

func cancelled(t *testing.T, s eventstore.Store) {
	stream, e := newStream("thing"), newEvent("org_1", 1)
	ctx, cancel := context.WithCancel(deadline(t))
	cancel()
	_, err := s.Append(ctx, stream, eventstore.NoStream, e)
	require.ErrorIs(t, err, context.Canceled)

	_, err = s.Append(deadline(t), stream, eventstore.NoStream, e)
	require.NoError(t, err, "the first is there (a duplicate) or is not")
	require.Len(t, read(t, s, stream, 0), 1)
}
