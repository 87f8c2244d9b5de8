package proxy

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/edge/route"
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
	upgrade   string // the protocol the client wants to change to

	fresh       bool // only a new connection will do
	reused      bool // the attempt's connection had served before
	broken      bool // a replica took the request on a new connection and gave no answer
	bodyTouched bool // some of the body is gone: no second attempt
	lost        bool // somebody may still refer to it: not to be pooled
	onGone      func()

	mu     sync.Mutex
	conn   *upstream.Conn // while an attempt is under way; what cuts the request closes it
	client net.Conn       // once hijacked
	off    bool           // cut, or the client has gone
}

var exchanges = sync.Pool{New: func() any {
	x := &exchange{}
	x.onGone = x.gone
	x.flight.Abort = x.abort
	return x
}}

func take() *exchange { return exchanges.Get().(*exchange) }

func (x *exchange) give() {
	if x.lost {
		return
	}
	x.w, x.r, x.log, x.client, x.requestID, x.upgrade = nil, nil, nil, nil, "", ""
	x.fresh, x.reused, x.broken, x.bodyTouched, x.off = false, false, false, false, false
	exchanges.Put(x)
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

func (x *exchange) hasBody() bool {
	return x.r.ContentLength != 0 && x.r.Body != nil && x.r.Body != http.NoBody
}

// attempt sends the request to the chosen upstream and carries the answer back. It returns an error only if nothing
// was answered yet.
func (x *exchange) attempt() error {
	up := x.flight.Upstream()
	x.reused = false
	c, err := x.connect(up)
	if err != nil {
		return err
	}
	x.reused = c.Reused
	if !x.hold(c) {
		c.Close()
		x.drop()
		return errors.New("cut before it was sent")
	}
	keep := false
	defer func() {
		x.drop()
		if keep {
			c.Release()
		} else {
			c.Close()
		}
	}()
	resp, up2, err := x.send(c)
	if err != nil {
		if up2 != nil {
			up2.abandon(c)
		}
		var ne net.Error
		if errors.As(err, &ne) && ne.Timeout() {
			return fmt.Errorf("%w: %w", errTimeout, err)
		}
		return err
	}
	keep = x.answer(c, resp, up2)
	return nil
}

func (x *exchange) connect(up *upstream.Upstream) (*upstream.Conn, error) {
	switch {
	case x.fresh:
		return up.Dial(x.r.Context())
	case x.safe():
		return up.Get(x.r.Context(), 0)
	default:
		return up.Get(x.r.Context(), freshEnough)
	}
}

// send writes the request and reads the head of the answer. If the body goes up beside it, that upload is returned.
func (x *exchange) send(c *upstream.Conn) (*http.Response, *upload, error) {
	x.upgrade = upgradeType(x.r.Header)
	expect := x.hasBody() && strings.EqualFold(first(x.r.Header, "Expect"), "100-continue")
	if err := x.writeHead(c.W, expect); err != nil {
		return nil, nil, err
	}
	switch {
	case !x.hasBody():
	case expect:
		if err := c.W.Flush(); err != nil {
			return nil, nil, err
		}
		resp, err := x.awaitContinue(c)
		if resp != nil || err != nil {
			return resp, nil, err
		}
		return x.sendAlongside(c)
	case x.r.ContentLength > 0 && x.r.ContentLength <= smallBody:
		x.bodyTouched = true
		if err := copySmall(c.W, x.r); err != nil {
			return nil, nil, err
		}
	default:
		return x.sendAlongside(c)
	}
	if err := c.W.Flush(); err != nil {
		// The replica may have answered and closed before it read everything: what it said counts.
		if !x.hasBody() {
			return nil, nil, err
		}
	}
	resp, err := x.readHead(c)
	return resp, nil, err
}

func (x *exchange) sendAlongside(c *upstream.Conn) (*http.Response, *upload, error) {
	if err := c.W.Flush(); err != nil { // the replica may have something to say before the body comes
		return nil, nil, err
	}
	x.bodyTouched = true
	u := startUpload(c, x.w, x.r)
	resp, err := x.readHead(c)
	if err != nil && u.clientFailed() {
		err = fmt.Errorf("%w: %w", errBody, err)
	}
	return resp, u, err
}
