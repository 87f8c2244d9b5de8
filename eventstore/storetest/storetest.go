// Package storetest is what every adapter of eventstore.Store must do. An adapter's test calls Exercise; the store may
// be shared and hold other events, so that a server which cannot be emptied passes too.
package storetest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
)

// patience bounds every wait of the suite.
const patience = 30 * time.Second

// Exercise runs the suite. The function answers a store for one test.
func Exercise(t *testing.T, open func(t *testing.T) eventstore.Store) {
	for name, test := range map[string]func(*testing.T, eventstore.Store){
		"an appended event is read back whole":                                 readsBack,
		"an append states the revision that it saw":                            expectations,
		"an append is whole or not at all":                                     wholeOrNothing,
		"the same event ids again change nothing, whatever the expectation":    duplicates,
		"ids of which only some are there are refused":                         corrupt,
		"an id is unique within its stream only":                               idsPerStream,
		"a malformed append is refused and harms nobody":                       malformed,
		"a stream is read from any revision":                                   readsFrom,
		"all streams are read in the order of appending":                       readsAll,
		"a reading of all streams can leave out types up to a version":         readsWithout,
		"of writers at one revision one is first":                              oneWriterWins,
		"a subscriber sees every event once and in order while writers run":    concurrent,
		"a subscription resumes after any position":                            resumes,
		"a cursor whose event the log does not hold is refused":                refusesForeign,
		"a subscription can be narrowed":                                       filters,
		"a subscription goes on with new events and ends with its context":     follows,
		"waiting ends when the log is past a position or with the context":     waits,
		"a caller may append while reading, and stop reading when it likes":    reentrant,
		"a reader that leaves its loop is not called again":                    leaves,
		"a cancelled append is answered, and repeating it settles what it did": cancelled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func newStream(kind string) string { return kind + "-" + rand.Text() }

// newEvent makes an event that carries n.
func newEvent(org string, n int) eventstore.NewEvent {
	return eventstore.NewEvent{
		ID: uuid.New(), Type: "test.happened", Version: 1, Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n)),
		Meta: eventstore.Meta{Organization: org, Actor: domain.Actor{Kind: domain.ActorUser, ID: "usr_1"}, CommandID: "cmd_" + rand.Text()},
	}
}

func newEvents(n int) []eventstore.NewEvent {
	events := make([]eventstore.NewEvent, n)
	for i := range events {
		events[i] = newEvent("org_1", i)
	}
	return events
}

// fill appends n events to a stream, one by one, and answers them as recorded.
func fill(t *testing.T, s eventstore.Store, stream string, n int) []eventstore.Recorded {
	t.Helper()
	for i := range n {
		_, err := s.Append(deadline(t), stream, eventstore.Revision(i-1), newEvent("org_1", i))
		require.NoError(t, err)
	}
	return read(t, s, stream, 0)
}

func read(t *testing.T, s eventstore.Store, stream string, from eventstore.Revision) []eventstore.Recorded {
	t.Helper()
	var out []eventstore.Recorded
	for e, err := range s.Read(deadline(t), stream, from) {
		require.NoError(t, err)
		out = append(out, e)
	}
	return out
}

func head(t *testing.T, s eventstore.Store) eventstore.Position {
	t.Helper()
	at, err := s.Head(deadline(t))
	require.NoError(t, err)
	return at
}

func end(t *testing.T, s eventstore.Store) eventstore.Cursor {
	t.Helper()
	at, err := s.End(deadline(t))
	require.NoError(t, err)
	return at
}

// receive takes n matching events of a subscription, or fails.
func receive(
	t *testing.T, s eventstore.Store, after eventstore.Cursor, filter eventstore.Filter, n int,
) []eventstore.Recorded {
	t.Helper()
	var out []eventstore.Recorded
	for e, err := range s.Subscribe(deadline(t), after, filter) {
		require.NoError(t, err)
		if out = append(out, e); len(out) == n {
			return out
		}
	}
	t.Fatalf("the subscription ended after %d of %d events", len(out), n)
	return nil
}
