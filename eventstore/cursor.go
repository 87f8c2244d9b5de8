package eventstore

import (
	"fmt"

	"github.com/google/uuid"
)

// Cursor is a reader's place in the log: the position of the last event that it knows of, and that event's id. With
// the id a reader notices that the log was rewritten: a failover that loses commits gives their positions to other
// events. The zero Cursor is the place before the first event.
type Cursor struct {
	Position Position `json:"position"`
	// EventID is uuid.Nil where it is not known; then nothing is verified.
	EventID uuid.UUID `json:"event_id"`
}

func (c Cursor) String() string { return fmt.Sprintf("%s (event %s)", c.Position, c.EventID) }

// Cursor is the place after this event.
func (r Recorded) Cursor() Cursor { return Cursor{Position: r.Position, EventID: r.ID} }

// ErrRewritten says that the log does not hold the event that the reader has seen at a position: commits were lost.
// What the reader has of the events up to there may be wrong. It starts over from the last place that Store.Agreed
// answers for its earlier cursors.
type ErrRewritten struct {
	At Cursor
	// Found is the event that is at the position now; uuid.Nil where the log ends before it.
	Found uuid.UUID
}

func (e *ErrRewritten) Error() string {
	now := "the log ends before it"
	if e.Found != uuid.Nil {
		now = "event " + e.Found.String() + " is there now"
	}
	return fmt.Sprintf("eventstore: the database has lost commits: event %s was at position %s, and %s",
		e.At.EventID, e.At.Position, now)
}

// Verify returns ErrRewritten where an event other than the cursor's is at its position. It is for adapters.
func (c Cursor) Verify(found uuid.UUID) error {
	if c.Position == 0 || c.EventID == uuid.Nil || c.EventID == found {
		return nil
	}
	return &ErrRewritten{At: c, Found: found}
}
