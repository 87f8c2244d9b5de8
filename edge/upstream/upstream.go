// Package upstream keeps the edge's connections to one replica of a service and knows whether it answers. It reads and
// writes in the goroutine of the request itself: http.Transport's two goroutines per connection, and the hand-overs
// between them, are the larger part of what proxying costs.
package upstream

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// maxIdle bounds the connections kept open to one replica.
	maxIdle = 512
	// idleFor is how long a connection may rest. Common servers close after 5 s (Node says so in its answers, which
	// are honoured) to 75 s; a connection found closed is noticed before it is used.
	idleFor = 30 * time.Second
)

// Upstream is one endpoint, by address. It is safe for concurrent use.
type Upstream struct {
	addr string
	dial Dial
	log  *slog.Logger
	down atomic.Bool
	// refuses says why it is down, sick why it is ejected; nil: it is well.
	refuses, sick atomic.Pointer[ailment]
	misses        atomic.Int32 // requests in a row that it took and did not answer
	check         atomic.Pointer[Check]
	ctx           context.Context // ends with Close
	cancel        context.CancelFunc

	mu     sync.Mutex
	idle   []*Conn // the last one rested least
	closed bool
	sweeps *time.Timer // the one timer of the sweep; nil while nothing rests

	afterFunc func(time.Duration, func()) *time.Timer
}

// New makes an upstream for a replica at a host:port. It dials nothing yet.
func New(addr string, log *slog.Logger) *Upstream { return NewOver(addr, Plain(addr), log) }

// NewOver makes an upstream whose connections dial opens. It dials nothing yet.
func NewOver(addr string, dial Dial, log *slog.Logger) *Upstream {
	ctx, cancel := context.WithCancel(context.Background())
	return &Upstream{addr: addr, dial: dial, log: log, ctx: ctx, cancel: cancel, afterFunc: time.AfterFunc}
}

// Addr is the upstream's host:port.
func (u *Upstream) Addr() string { return u.addr }

// Get takes a connection that rested less than rested (0: any that is usable), or dials one.
func (u *Upstream) Get(ctx context.Context, rested time.Duration) (*Conn, error) {
	now := time.Now()
	for {
		c := u.pop(now, rested)
		if c == nil {
			return u.Dial(ctx)
		}
		if c.alive() {
			c.Reused = true
			return c, nil
		}
		c.Close()
	}
}

// pop takes the connection that rested least, unless even that one rested too long.
func (u *Upstream) pop(now time.Time, rested time.Duration) *Conn {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := len(u.idle)
	if n == 0 {
		return nil
	}
	c := u.idle[n-1]
	if rested > 0 && now.Sub(c.since) > rested {
		return nil
	}
	u.idle[n-1] = nil
	u.idle = u.idle[:n-1]
	return c
}

// Dial opens a new connection. A failure marks the upstream as down.
func (u *Upstream) Dial(ctx context.Context) (*Conn, error) {
	s, err := u.dial(ctx)
	if err != nil {
		if ctx.Err() == nil {
			u.Failed(err)
		}
		return nil, err
	}
	if u.down.Load() && u.down.CompareAndSwap(true, false) {
		u.log.Info("upstream answers again", "upstream", u.addr)
	}
	return newConn(u, s), nil
}

// Put gives a connection back after a whole exchange.
func (u *Upstream) Put(c *Conn) {
	c.since = time.Now()
	u.mu.Lock()
	if u.closed || len(u.idle) >= maxIdle {
		u.mu.Unlock()
		c.Close()
		return
	}
	u.idle = append(u.idle, c)
	if u.sweeps == nil {
		u.sweeps = u.afterFunc(idleFor+time.Second, u.sweep)
	}
	// The oldest is looked at whenever one comes back; the sweep is for when none does.
	var old *Conn
	if o := u.idle[0]; c.since.Sub(o.since) > o.keep {
		old = o
		u.idle = append(u.idle[:0], u.idle[1:]...)
	}
	u.mu.Unlock()
	if old != nil {
		old.Close()
	}
}

// sweep closes what rested too long, and comes again as long as something rests. One timer sweeps an upstream, however
// often its last resting connection is taken and comes back.
func (u *Upstream) sweep() {
	now := time.Now()
	var old []*Conn
	u.mu.Lock()
	keep := u.idle[:0]
	for _, c := range u.idle {
		if now.Sub(c.since) > c.keep {
			old = append(old, c)
		} else {
			keep = append(keep, c)
		}
	}
	clear(u.idle[len(keep):])
	u.idle, u.sweeps = keep, nil
	if len(keep) > 0 && !u.closed {
		u.sweeps = u.afterFunc(idleFor/2, u.sweep)
	}
	u.mu.Unlock()
	for _, c := range old {
		c.Close()
	}
}

// Close lets go of all resting connections and stops probing. Connections in use end with their exchange.
func (u *Upstream) Close() {
	u.cancel()
	u.mu.Lock()
	idle := u.idle
	u.idle, u.closed = nil, true
	if u.sweeps != nil {
		u.sweeps.Stop()
	}
	u.mu.Unlock()
	for _, c := range idle {
		c.Close()
	}
}

// alive looks, without waiting, whether the other side has closed the resting connection or sent what nobody asked
// for; both make it useless.
func (c *Conn) alive() bool {
	if time.Since(c.since) > c.keep || c.R.Buffered() > 0 {
		return false
	}
	c.quiet = false
	err := c.raw.Read(c.peek)
	return err == nil && c.quiet
}

// look sees whether nothing, not even an end, is there to be read.
func (c *Conn) look(fd uintptr) bool {
	n, _, err := syscall.Recvfrom(int(fd), c.peeked[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	c.quiet = n <= 0 && (err == syscall.EAGAIN || err == syscall.EWOULDBLOCK)
	return true
}
