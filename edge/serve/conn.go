package serve

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/syntra-dev/syntra/edge/h1"
	"github.com/syntra-dev/syntra/edge/idle"
)

// What a connection is doing, for Shutdown.
const (
	busy    = iota
	resting // it waits for a request's first byte
	over
)

// conn is one connection. Its own goroutine reads heads, calls the handler and ends answers.
type conn struct {
	server   *Server
	socket   net.Conn // as it was accepted
	nc       net.Conn // what is read and written: socket, or TLS over it
	next     *passed  // who serves it if it agrees on HTTP/2
	accepted time.Time
	state    atomic.Int32
	fresh    atomic.Bool // no request has come yet

	src    *idle.Source
	take   func() error  // takes a reader and reads into it
	r      *bufio.Reader // nil: nothing is buffered
	desk   *desk         // nil: no request is under way
	readBy time.Time     // the read deadline that is set; zero: none
	moved  atomic.Bool   // a handler has set another one

	ctx    context.Context // ends when the client has gone
	cancel context.CancelFunc
	req    *http.Request
	body   body
	w      response
	watch  watch
}

func (s *Server) newConn(nc net.Conn, config *tls.Config, next *passed) *conn {
	c := &conn{server: s, socket: nc, nc: nc, next: next, accepted: time.Now()}
	c.fresh.Store(true)
	if config != nil {
		c.nc = tls.Server(nc, config)
	}
	s.track(c)
	return c
}

// serve serves the connection to its end.
func (c *conn) serve() {
	defer c.server.forget(c)
	remote := c.nc.RemoteAddr() // a trusted proxy's header is read here
	if t, ok := c.nc.(*tls.Conn); ok {
		if goesOn := c.handshake(t); !goesOn {
			return
		}
	}
	defer c.end()
	var ctx context.Context
	ctx, c.cancel = context.WithCancel(context.WithValue(context.Background(), http.LocalAddrContextKey, c.nc.LocalAddr()))
	c.ctx = ctx
	c.req = (&http.Request{RemoteAddr: remote.String()}).WithContext(ctx)
	if t, ok := c.nc.(*tls.Conn); ok {
		state := t.ConnectionState()
		c.req.TLS = &state
	}
	c.src = idle.New(c.nc)
	c.take, c.body.c, c.w.c, c.watch.c = c.takeReader, c, c, c
	for c.await() && c.one() {
		c.fresh.Store(false)
	}
}

// end closes the connection unless it is somebody else's now.
func (c *conn) end() {
	c.watch.end()
	c.cancel()
	if c.w.hijacked {
		return
	}
	_ = c.nc.Close()
	c.giveReader()
	c.w.giveWriter()
	c.clear()
}

// handshake reports whether HTTP/1.1 follows.
func (c *conn) handshake(t *tls.Conn) bool {
	_ = t.SetDeadline(time.Now().Add(c.server.HeadWithin))
	err := t.Handshake()
	if re := (tls.RecordHeaderError{}); errors.As(err, &re) && re.Conn != nil && looksLikeHTTP(re.RecordHeader) {
		io.WriteString(re.Conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
	}
	if err != nil {
		c.server.Log.Debug("TLS handshake", "client", c.nc.RemoteAddr().String(), "error", err)
		_ = c.socket.Close()
		return false
	}
	_ = t.SetDeadline(time.Time{})
	switch t.ConnectionState().NegotiatedProtocol {
	case "", "http/1.1":
		return true
	case "h2":
		c.next.pass(t)
	default: // such as ACME's: the handshake was all of it
		_ = t.Close()
	}
	return false
}

func looksLikeHTTP(header [5]byte) bool {
	switch string(header[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO":
		return true
	}
	return false
}

// await waits for the first byte of a request. It reports whether there is one.
func (c *conn) await() bool {
	if c.r != nil {
		if c.r.Buffered() > 0 {
			if c.moved.Swap(false) { // what bounded the last request does not bound this one
				c.readBy = time.Time{}
				_ = c.nc.SetReadDeadline(c.readBy)
			}
			return true
		}
		c.giveReader()
	}
	c.clear()
	within := c.server.Idle
	if c.fresh.Load() {
		within = c.server.HeadWithin
	}
	// Setting a deadline costs, so one that is still far enough away is left.
	if now := time.Now(); c.moved.Swap(false) || c.readBy.Sub(now) < within/2 {
		c.readBy = now.Add(within)
		_ = c.nc.SetReadDeadline(c.readBy)
	}
	c.state.Store(resting)
	if c.server.closing.Load() && !c.fresh.Load() {
		return false
	}
	err := c.src.Await(c.take)
	return c.state.CompareAndSwap(resting, busy) && err == nil
}

// takeReader is called when there is something to be read.
func (c *conn) takeReader() error {
	r := takeReader(c.src)
	if _, err := r.Peek(1); err != nil {
		giveReader(r)
		return err
	}
	c.r = r
	return nil
}

func (c *conn) giveReader() {
	if c.r != nil {
		giveReader(c.r)
		c.r = nil
	}
}

// unhurried lifts the read deadline: from here on, the handler bounds what it reads.
func (c *conn) unhurried() {
	if !c.readBy.IsZero() {
		c.readBy = time.Time{}
		_ = c.nc.SetReadDeadline(time.Time{})
	}
}

var endOfHead = []byte("\r\n\r\n")

// one reads a request and answers it. It reports whether another may follow.
func (c *conn) one() bool {
	if b, _ := c.r.Peek(c.r.Buffered()); !bytes.Contains(b, endOfHead) {
		c.readBy = time.Now().Add(c.server.HeadWithin)
		_ = c.nc.SetReadDeadline(c.readBy)
	}
	c.sit()
	err := c.desk.head.Read(c.r, c.server.MaxHead, c.req)
	if said := (*h1.Refused)(nil); errors.As(err, &said) {
		c.refuse(said.Status, said.Why)
		return false
	}
	if err != nil {
		return false
	}
	c.w.begin()
	if !c.body.begin(c.r, c.req) {
		c.refuse(http.StatusExpectationFailed, "this expectation is not known")
		return false
	}
	if c.body.done.Load() && c.r.Buffered() == 0 {
		c.giveReader()
	}
	c.watch.begin()
	answered := c.handle()
	c.watch.stop()
	if c.w.hijacked || !answered {
		return false
	}
	if c.w.finish() != nil {
		return false
	}
	if c.w.close || !c.body.done.Load() {
		if !c.body.done.Load() || c.r != nil && c.r.Buffered() > 0 {
			c.linger()
		}
		return false
	}
	return true
}

// handle calls the handler. It reports false if that gave up: the client must see that the answer is not whole.
func (c *conn) handle() (answered bool) {
	defer func() {
		if answered {
			return
		}
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			c.server.Log.Error("panic while serving a request", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	c.server.Handler.ServeHTTP(&c.w, c.req)
	return true
}

// refuse answers what is no request.
func (c *conn) refuse(status int, why string) {
	_ = c.nc.SetWriteDeadline(time.Now().Add(c.server.WriteWithin))
	text := fmt.Sprintf("%d %s: %s", status, http.StatusText(status), why)
	_, err := fmt.Fprintf(c.nc, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
		status, http.StatusText(status), len(text), text)
	if err == nil {
		c.linger()
	}
}

const (
	// lingerFor and lingerOver bound what is still read of a connection that is at its end. Closed at once, the kernel
	// would take the last answer from a client that is still sending.
	lingerFor  = 500 * time.Millisecond
	lingerOver = 512 << 10
)

func (c *conn) linger() {
	if half, ok := c.nc.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	if half, ok := c.socket.(interface{ CloseWrite() error }); ok && c.socket != c.nc {
		_ = half.CloseWrite()
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(lingerFor))
	_, _ = io.CopyN(io.Discard, c.socket, lingerOver)
}
