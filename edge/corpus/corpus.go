// Package corpus holds requests that could make an edge and the replicas behind it disagree about where one message
// ends and the next begins (request smuggling), as cases that are sent over every version of HTTP that the edge
// speaks, byte by byte. A recording replica notices each request that nobody sent, and visitors who come after each
// case notice each answer that is not theirs.
package corpus

// Host is the host name under which the edge under test knows the Replica.
const Host = "corpus.test"

// Smuggled is what the cases try to smuggle: a request of its own that no client ever sent.
const Smuggled = "GET /smuggled HTTP/1.1\r\nHost: " + Host + "\r\n\r\n"

// Field is one header field, sent as it stands.
type Field struct{ Name, Value string }

// Case is one request, in terms that all versions of HTTP share.
type Case struct {
	Name   string
	Method string // POST if empty
	Target string // /case if empty
	Fields []Field
	// Length is the Content-Length as said; empty: none. Chunked frames the body so in HTTP/1.1; in 2 and 3 it means no
	// length.
	Length  string
	Chunked bool
	// Body is sent in these pieces; with an Expect, once the edge has said 100.
	Body []string
	// Late is the rest of the body, sent when the answer has come.
	Late     []string
	Trailers []Field
	// Cut ends the request in its middle: HTTP/1.1 closes the connection, 2 and 3 reset the stream. Open leaves it
	// without an end.
	Cut, Open bool
	// Raw is sent instead of everything else; HTTP/1.1 only.
	Raw string
	// Behave is what the replica does with it; see Replica.
	Behave string
	// Ways are those that can say it at all; all if empty.
	Ways []string
	// Want are the statuses that are right; 0 is a connection or stream that broke without an answer.
	Want []int
}

// Answer is what a client saw.
type Answer struct {
	Status  int // 0: none
	Interim []int
	Header  map[string][]string
	Body    string
	// Broken says that the answer did not come to its end.
	Broken bool
	// Next is what the next request on the same connection got, where there could be one.
	Next *Answer
}

func (c Case) method() string {
	if c.Method == "" {
		return "POST"
	}
	return c.Method
}

func (c Case) target() string {
	if c.Target == "" {
		return "/case"
	}
	return c.Target
}

// expects reports whether the case waits for leave to send its body.
func (c Case) expects() bool {
	for _, f := range c.Fields {
		if f.Name == "expect" {
			return true
		}
	}
	return false
}

// Speaks reports whether the way can say the case.
func (c Case) Speaks(way string) bool {
	if len(c.Ways) == 0 {
		return true
	}
	for _, w := range c.Ways {
		if w == way {
			return true
		}
	}
	return false
}
