package upstream

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/edge/h1"
)

const (
	// maxHead bounds a response's head; a replica that sends more is broken or hostile.
	maxHead = 1 << 20
	// answerWithin bounds the wait for a response's head, so that a hung replica cannot hold requests for ever.
	answerWithin = 5 * time.Minute
)

// Conn is one connection to an upstream. One goroutine at a time may read and one may write.
type Conn struct {
	R *bufio.Reader
	W *bufio.Writer
	// Reused says that the connection has served before: it may have been closed by the other side a moment ago.
	Reused bool

	tcp      net.Conn // or TLS over it
	raw      syscall.RawConn
	up       *Upstream
	since    time.Time     // at rest since
	keep     time.Duration // may rest so long
	head     int64         // bytes that the head being read may still have; <0: not reading a head
	deadline time.Time     // the read deadline set, zero if none
	closed   atomic.Bool
}

func newConn(u *Upstream, s Stream) *Conn {
	c := &Conn{tcp: s.Conn, up: u, keep: idleFor, head: -1}
	c.raw, _ = s.Socket.SyscallConn() // never fails on a connected TCPConn
	c.R = bufio.NewReaderSize(c, 4<<10)
	c.unshed()
	return c
}

var writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 4<<10) }}

// Shed lets go of W until Release: nothing more is sent, and the answer may take long.
func (c *Conn) Shed() {
	if c.W != nil {
		c.W.Reset(nil)
		writers.Put(c.W)
		c.W = nil
	}
}

func (c *Conn) unshed() {
	if c.W == nil {
		c.W = writers.Get().(*bufio.Writer)
		c.W.Reset(c.tcp)
	}
}

// Read reads from the network, within the budget of the head that is being read.
func (c *Conn) Read(p []byte) (int, error) {
	if c.head == 0 {
		return 0, errHead
	}
	if c.head > 0 && int64(len(p)) > c.head {
		p = p[:c.head]
	}
	n, err := c.tcp.Read(p)
	if c.head > 0 {
		c.head -= int64(n)
	}
	return n, err
}

// ReadResponse reads the head of the next response to a request with the method (interim ones too). The body reads from c.
func (c *Conn) ReadResponse(method string) (*http.Response, error) {
	// Setting a deadline costs, so one that is still far enough away is left.
	if now := time.Now(); c.deadline.Sub(now) < answerWithin/2 {
		c.deadline = now.Add(answerWithin)
		if err := c.tcp.SetReadDeadline(c.deadline); err != nil {
			return nil, err
		}
	}
	c.head = maxHead
	resp, err := h1.ReadResponse(c.R, method)
	c.head = -1
	if err != nil {
		return nil, err
	}
	c.keep = rest(resp.Header)
	return resp, nil
}

// PeekResponse waits at most d for the first byte of a response and says whether there is one.
func (c *Conn) PeekResponse(d time.Duration) (bool, error) {
	c.deadline = time.Time{}
	if err := c.tcp.SetReadDeadline(time.Now().Add(d)); err != nil {
		return false, err
	}
	_, err := c.R.Peek(1)
	if ne := net.Error(nil); errors.As(err, &ne) && ne.Timeout() {
		return false, nil
	}
	return err == nil, err
}

// Unhurried lifts the deadline: from here on, bodies and sockets take the time they take.
func (c *Conn) Unhurried() error {
	if c.deadline.IsZero() {
		return nil
	}
	c.deadline = time.Time{}
	return c.tcp.SetReadDeadline(time.Time{})
}

// Detach gives up reading and writing through R and W, and returns the connection and what R still held. Close goes on
// closing it.
func (c *Conn) Detach() (net.Conn, []byte) {
	b, _ := c.R.Peek(c.R.Buffered())
	rest := bytes.Clone(b)
	c.R, c.W = nil, nil
	return c.tcp, rest
}

// Release gives the connection back for the next request.
func (c *Conn) Release() {
	c.unshed()
	c.up.Put(c)
}

// Close cuts the connection; whoever reads or writes it fails. It may be called from any goroutine, more than once.
func (c *Conn) Close() {
	if c.closed.CompareAndSwap(false, true) {
		_ = c.tcp.Close()
	}
}

// rest reads "Keep-Alive: timeout=5" and stays a second below, so as not to race the other side's timer.
func rest(h http.Header) time.Duration {
	v := h["Keep-Alive"]
	if len(v) == 0 {
		return idleFor
	}
	for part := range strings.SplitSeq(v[0], ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if s, err := strconv.Atoi(value); err == nil && s >= 0 && strings.EqualFold(name, "timeout") {
			return max(min(time.Duration(s)*time.Second-time.Second, idleFor), 500*time.Millisecond)
		}
	}
	return idleFor
}
