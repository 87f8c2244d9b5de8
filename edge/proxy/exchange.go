package proxy

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/edge/perclient"
	"github.com/syntra-dev/syntra/edge/route"
	"github.com/syntra-dev/syntra/edge/trust"
	"github.com/syntra-dev/syntra/edge/upstream"
)

var (
	errTimeout = errors.New("no answer in time")
	errBody    = errors.New("reading the client's body")
)

// exchange is one request's way through the edge. Exchanges are pooled.
type exchange struct {
	flight    route.Flight
	w         http.ResponseWriter
	r         *http.Request
	log       *slog.Logger
	start     time.Time
	requestID string
	origin    trust.Origin
	requests  *perclient.Count // where the request is counted; nil where it is not (any more)
	upgrade   string           // the protocol the client wants to change to

	src    io.Reader // the client's body
	body   []byte    // all of it, if held
	held   bool      // body can be sent, and sent again
	taken  bool      // the client's body was read to its end, by the request's own goroutine
	upload *upload   // carries it, if it is not held

	fresh       bool // only a new connection will do
	reused      bool // the attempt's connection had served before
	broken      bool // a replica took the request on a new connection and gave no answer
	bodyTouched bool // some of the body is gone: no second attempt
	whole       bool // the attempt's request was sent to its last byte
	lost        bool // somebody may still refer to it: not to be pooled
	onGone      func()

	pace             Pace
	reading, writing watch
	writeBy          time.Time // HTTP/1: the write deadline that is set

	mu     sync.Mutex
	conn   *upstream.Conn // while an attempt is under way; what cuts the request closes it
	client net.Conn       // once hijacked
	tunnel *tunnel        // what goes on when the handler has returned
	off    bool           // cut, or the client has gone
}

var exchanges = sync.Pool{New: func() any {
	x := &exchange{}
	x.onGone = x.gone
	x.flight.Abort = x.abort
	x.reading.fire, x.writing.fire = x.stopReading, x.stopWriting
	return x
}}

func take() *exchange { return exchanges.Get().(*exchange) }

func (x *exchange) give() {
	x.reading.end()
	x.writing.end()
	x.uncount()
	if x.lost {
		return
	}
	x.w, x.r, x.log, x.client, x.tunnel, x.requestID, x.upgrade = nil, nil, nil, nil, nil, "", ""
	x.src, x.body, x.upload, x.writeBy = nil, x.body[:0], nil, time.Time{}
	x.held, x.taken, x.whole = false, false, false
	x.fresh, x.reused, x.broken, x.bodyTouched, x.off = false, false, false, false, false
	exchanges.Put(x)
}

// shed lets go of what only the request needed.
func (x *exchange) shed() {
	x.reading.end()
	x.writing.end()
	x.w, x.r, x.src, x.body, x.upload, x.origin = nil, nil, nil, nil, nil, trust.Origin{}
	x.requestID, x.upgrade = "", ""
}

// uncount takes the request off its client's account.
func (x *exchange) uncount() {
	x.requests.Leave(x.origin.Client)
	x.requests = nil
}

// gone is called when the client has left: nobody wants the answer.
func (x *exchange) gone() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.off = true
	x.shutLocked()
}

func (x *exchange) shutLocked() {
	if x.conn != nil {
		x.conn.Close()
	}
	if x.client != nil {
		_ = x.client.Close()
	}
}

// abort is called when a drain's grace is over: everything the request may be blocked in fails.
func (x *exchange) abort() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.off = true
	x.shutLocked()
	if x.client != nil {
		return
	}
	ctl := http.NewResponseController(x.w)
	// A moment is left to say what happened, if nothing was answered yet.
	_ = ctl.SetWriteDeadline(time.Now().Add(2 * time.Second))
	_ = ctl.SetReadDeadline(time.Now())
}

// cut says whether the drain did it.
func (x *exchange) cut() bool { return x.flight.Cut() }

// hold makes c the connection to close when the request is cut; it answers false if that has happened already.
func (x *exchange) hold(c *upstream.Conn) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.conn = c
	return !x.off
}

// join makes the hijacked client's connection, too, something to close when the request is cut.
func (x *exchange) join(client net.Conn) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.client = client
	return !x.off
}

// drop lets go of the connection: from now on nobody else closes it.
func (x *exchange) drop() {
	x.mu.Lock()
	x.conn = nil
	x.mu.Unlock()
}

// hasBody reports whether the request has a body; one that was read and turned out to be empty is none.
func (x *exchange) hasBody() bool {
	if x.held {
		return len(x.body) > 0
	}
	return x.r.ContentLength != 0 && x.r.Body != nil && x.r.Body != http.NoBody
}

func (x *exchange) isOff() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.off
}
