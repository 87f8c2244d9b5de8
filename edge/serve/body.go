package serve

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/syntra-dev/syntra/edge/h1"
)

// body is the body of the request under way. One goroutine at a time may read it, beside the one that writes the
// answer.
type body struct {
	c       *conn
	in      io.Reader
	expects bool        // the client waits for leave to send it
	done    atomic.Bool // read to its end
}

// begin looks at the request's framing. It reports false if the client expects what is not known.
func (b *body) begin(r *bufio.Reader, req *http.Request) bool {
	b.in, b.expects = h1.NewBody(r, req), false
	none := req.ContentLength == 0
	b.done.Store(none)
	req.Body = b
	if none {
		req.Body = http.NoBody
	} else {
		b.c.unhurried()
	}
	expect := req.Header["Expect"]
	if len(expect) == 0 || expect[0] == "" {
		return true
	}
	b.expects = !none && req.ProtoMinor == 1
	return strings.EqualFold(expect[0], "100-continue")
}

// Read reads the body. The first read gives leave to send it, unless the answer has begun.
func (b *body) Read(p []byte) (int, error) {
	if b.done.Load() {
		return 0, io.EOF
	}
	if b.expects {
		b.expects = false
		if err := b.c.w.leave(); err != nil {
			return 0, err
		}
	}
	n, err := b.in.Read(p)
	if err == io.EOF {
		b.done.Store(true)
	}
	return n, err
}

// Close does nothing: what is not read ends the connection.
func (b *body) Close() error { return nil }
