package telemetry

import (
	"context"
	"iter"
	"time"

	"github.com/syntra-dev/syntra/domain"
)

// LogSink takes log lines from agents.
type LogSink interface {
	// Write returns when the batch is safe on local disk. It may be repeated: a record whose (Source, Sequence) was
	// taken before is taken once. Records need not come in order. An error means that none of the batch can be relied
	// on and that the caller must send it again.
	Write(ctx context.Context, records []Record) error
}

// LogReader answers log lines to people.
type LogReader interface {
	// Query returns one page, oldest line first, of at most LogQuery.Limit lines.
	Query(ctx context.Context, q LogQuery) ([]Line, error)
	// Follow returns every line of the query after a cursor, each once, and then each new line as it arrives, until ctx
	// ends or the loop is left. See Beginning and End for where it may start. Lines which were there at the start come
	// in order of time; later ones in order of arrival, so that a late line is never passed over. The iterator
	// survives a restart of the store: it waits for it. It yields an error only where waiting cannot help (a bad query or
	// cursor, ctx ended), and then ends.
	Follow(ctx context.Context, q LogQuery, after Cursor) iter.Seq2[Line, error]
}

// Cursor marks a place in the lines of a query. It is opaque, safe in URLs and SSE ids, and works with any page, any
// replica of the platform and after any restart.
type Cursor string

const (
	// Beginning lets Follow start with what is already there: all lines, or with a Limit only the last Limit ones.
	Beginning Cursor = ""
	// End lets Follow start with the next line to arrive.
	End Cursor = "end"
)

// Line is a record and its place.
type Line struct {
	Record
	Cursor Cursor `json:"cursor"`
}

// LogQuery says which lines. Empty fields do not filter.
type LogQuery struct {
	Organization string // mandatory
	Project      string
	Service      string
	Deployment   string
	Release      string
	Server       string
	Replica      string
	Streams      []Stream // gaps are shown whatever is asked, unless Text is given
	// Text is what the line must hold: whole words (all of them, any order, whatever case), "a phrase" as it stands, and
	// -word or -"a phrase" for what it must not hold. See ParseSearch.
	Text string
	// Since and Until bound Record.At: Since ≤ At < Until.
	Since, Until time.Time
	// Limit is the page size: DefaultLimit where 0, at most MaxLimit.
	Limit int
	// Before asks for the page that ends just before this cursor, After for the page that starts just after it. With
	// neither it is the newest page, or with Oldest the first one. Pages show what was there when the first of them
	// was read: lines that arrive meanwhile come through Follow after any line's cursor.
	Before, After Cursor
	Oldest        bool
}

const (
	DefaultLimit = 200
	MaxLimit     = 5000
)

// Check returns a domain.Error (Invalid) that says what is wrong with the query.
func (q LogQuery) Check() error {
	switch {
	case q.Organization == "":
		return domain.Errorf(domain.Invalid, "a log query needs an organization")
	case q.Limit < 0 || q.Limit > MaxLimit:
		return domain.Errorf(domain.Invalid, "limit must be between 1 and %d", MaxLimit)
	case q.Before != "" && q.After != "":
		return domain.Errorf(domain.Invalid, "a page is asked either before or after a cursor, not both")
	case !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until):
		return domain.Errorf(domain.Invalid, "since must be earlier than until")
	}
	_, err := ParseSearch(q.Text)
	return err
}
