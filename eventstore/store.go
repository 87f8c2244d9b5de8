// Package eventstore is the log of facts: its port (Store), the codec between domain events and rows, and Log, the
// load-decide-append loop that every command goes through. Adapters live below; each passes storetest.
package eventstore

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/syntra-dev/syntra/domain"
)

// Position orders all events of the log without gaps in commit order. Treat it as opaque: compare it, never compute with it.
type Position uint64

func (p Position) String() string { return strconv.FormatUint(uint64(p), 10) }

// ParsePosition reads what String wrote.
func ParsePosition(s string) (Position, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	return Position(n), err
}

// Revision numbers the events of one stream from 0.
type Revision int64

// NoStream as an expectation says that the stream must not exist yet. There is no "any": a domain write always knows what it saw.
const NoStream Revision = -1

// Meta travels with every event.
type Meta struct {
	Organization string       `json:"org"`
	Actor        domain.Actor `json:"actor"`
	CommandID    string       `json:"command_id"`
	Causation    string       `json:"causation,omitempty"`   // event id that led here
	Correlation  string       `json:"correlation,omitempty"` // id of the whole process, such as a deployment id
	Trace        string       `json:"trace,omitempty"`       // W3C traceparent
}

// NewEvent is an event to append.
type NewEvent struct {
	ID      uuid.UUID
	Type    string
	Version int
	Data    json.RawMessage
	Meta    Meta
}

// Recorded is an event as the log holds it.
type Recorded struct {
	Position Position
	Stream   string
	Revision Revision
	ID       uuid.UUID
	Type     string
	Version  int
	Data     json.RawMessage
	Meta     Meta
	At       time.Time
}

// Appended says where an append went.
type Appended struct {
	Position Position // of its last event
	Revision Revision // of its last event
	// Duplicate is true when all events were there already under the same ids: nothing was written.
	Duplicate bool
}

// ErrConflict is what Append answers when the stream is not at the expected revision.
var ErrConflict = errors.New("eventstore: the stream has moved on")

// Filter narrows what is read of the log. Zero means everything.
type Filter struct {
	// StreamPrefixes keeps streams that start with one of these, such as "deployment-".
	StreamPrefixes []string
	// Organization keeps one organization's events.
	Organization string
	// Without leaves out the events of these types in the versions up to these. What it does not name is kept, so that
	// who names all that does not concern it still meets an event of a newer program.
	Without map[string]int
}

// Store is the port. Implementations are safe for concurrent use.
type Store interface {
	// Append writes events after expected in one atomic step. It answers ErrConflict when the stream is elsewhere, and
	// Duplicate when the very same event ids are there already (a retry), whatever the expectation.
	Append(ctx context.Context, stream string, expected Revision, events ...NewEvent) (Appended, error)
	// Read yields a stream's events from a revision on, in order. An unknown stream yields nothing.
	Read(ctx context.Context, stream string, from Revision) iter.Seq2[Recorded, error]
	// ReadAll returns up to limit matching events after a cursor, in order, of all streams, and the place up to which
	// the log holds no other ones: the last event's where there are limit, else the log's end. It returns *ErrRewritten
	// where the log does not hold the cursor's event.
	ReadAll(ctx context.Context, after Cursor, filter Filter, limit int) ([]Recorded, Cursor, error)
	// Subscribe yields every matching event after a cursor, and goes on with new ones until ctx ends or the caller breaks.
	// It yields an error only when it cannot go on; the caller subscribes again from its last cursor. Each time it looks
	// for events it verifies that the last one it knows of is still there, also one that the filter kept back; it yields
	// *ErrRewritten where it is not, and ends.
	Subscribe(ctx context.Context, after Cursor, filter Filter) iter.Seq2[Recorded, error]
	// Agreed returns the last of these cursors whose event the log holds; the zero Cursor where it holds none of them.
	Agreed(ctx context.Context, cursors ...Cursor) (Cursor, error)
	// Wait returns when the log is past the position, or ctx ends.
	Wait(ctx context.Context, past Position) error
	// Head is the position of the last event; 0 in an empty log.
	Head(ctx context.Context) (Position, error)
	// End is the place after the last event.
	End(ctx context.Context) (Cursor, error)
}
