package notify

import "time"

// State is what has become of a message.
type State string

// States of a message.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Dead      State = "dead"
)

// States lists all of them.
var States = []State{Pending, Delivered, Dead}

// MaxPayload is the longest payload in bytes.
const MaxPayload = 16 << 10

// New is a message to enqueue.
type New struct {
	// Channel names the channel, and Destination the receiver in it, such as a webhook's id.
	Channel, Destination string
	// Key says what the message tells. The same key for the same destination is the same message.
	Key string
	// Type is for the person who looks, such as deployment.succeeded.
	Type    string
	Payload string
	// Position is the event's in the log; 0 where no event led to the message.
	Position uint64
	// Trace is the W3C traceparent of what led to it; "": that of the context.
	Trace string
}

// Message is what a channel delivers.
type Message struct {
	ID           string
	Organization string
	Channel      string
	Destination  string
	Type         string
	Payload      string
	// Attempts is how often it was tried before.
	Attempts int
	trace    string
	lease    string
}

// Delivery is a message with what has become of it, for the person who looks.
type Delivery struct {
	ID          string `json:"id"`
	Destination string `json:"destination"`
	Type        string `json:"type"`
	State       State  `json:"state"`
	Attempts    int    `json:"attempts"`
	// Error says why the last try failed.
	Error        string     `json:"error,omitempty"`
	AnswerStatus int        `json:"answer_status,omitempty"`
	Answer       string     `json:"answer,omitempty"`
	Millis       int        `json:"millis"`
	Payload      string     `json:"payload"`
	CreatedAt    time.Time  `json:"created_at"`
	TriedAt      *time.Time `json:"tried_at,omitempty"`
	// NextAt is when a pending message is tried next.
	NextAt     *time.Time `json:"next_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
}
