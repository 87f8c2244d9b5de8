package notify

import (
	"context"
	"strings"
	"time"
)

// Channel delivers messages of one kind. Implementations are safe for concurrent use.
type Channel interface {
	// Deliver sends one message once. An error is tried again later, unless it is a *Failure that says otherwise. What
	// the receiver answered is returned in both cases.
	Deliver(ctx context.Context, m Message) (Answer, error)
}

// Answer is what a receiver said.
type Answer struct {
	Status int
	// Body is the start of it; MaxAnswer bytes are kept.
	Body string
}

// MaxAnswer is how much of an answer is kept, in bytes.
const MaxAnswer = 1 << 10

// Failure says why a message was not delivered, and what that means for further tries.
type Failure struct {
	Reason string
	// Final failures end the message: no other try makes sense.
	Final bool
	// RetryAfter is how long the receiver wants to be left alone. It holds for all messages to it.
	RetryAfter time.Duration
}

func (f *Failure) Error() string { return f.Reason }

// clean makes a stranger's text fit for the database and a page: valid UTF-8 without NUL, at most size bytes.
func clean(s string, size int) string {
	if len(s) > size {
		s = s[:size]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
