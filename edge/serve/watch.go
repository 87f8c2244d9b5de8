package serve

import (
	"sync"
	"time"
)

// noticeAfter is how long a request is under way before somebody looks whether its client is still there. Most are
// answered before, and cost nothing then.
const noticeAfter = 50 * time.Millisecond

// watch notices that the client has gone while its request is under way: it waits for what comes next on the connection,
// and what comes next is either the next request or the end. It is one timer, set seldom, and a goroutine only while a
// request takes long.
type watch struct {
	c *conn

	mu      sync.Mutex
	timer   *time.Timer
	pending bool // the timer runs
	under   bool // a request is under way
	since   time.Time
	waiting chan struct{} // closed when the goroutine has ended; nil: there is none
}

// begin is called when a request begins.
func (w *watch) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.under, w.since = true, time.Now()
	if w.pending {
		return
	}
	w.pending = true
	if w.timer == nil {
		w.timer = time.AfterFunc(noticeAfter, w.look)
	} else {
		w.timer.Reset(noticeAfter)
	}
}

func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = false
	if !w.under || w.waiting != nil {
		return
	}
	left := noticeAfter - time.Since(w.since)
	if left <= 0 && w.c.body.done.Load() {
		w.c.unhurried() // here, where stop cannot come between
		w.waiting = make(chan struct{})
		go w.wait(w.waiting)
		return
	}
	if left <= 0 { // whoever reads the body notices
		left = noticeAfter
	}
	w.pending = true
	w.timer.Reset(left)
}

// wait waits for something to come. The connection's own goroutine reads nothing meanwhile.
func (w *watch) wait(over chan struct{}) {
	defer close(over)
	c := w.c
	if c.r != nil {
		if c.r.Buffered() > 0 { // the next request is there already
			return
		}
		c.giveReader()
	}
	err := c.src.Await(c.take)
	w.mu.Lock()
	gone := err != nil && w.under
	w.mu.Unlock()
	if gone {
		c.cancel()
	}
}

// stop is called when the request is over. Nothing reads the connection afterwards.
func (w *watch) stop() {
	w.mu.Lock()
	w.under = false
	waiting := w.waiting
	w.mu.Unlock()
	if waiting == nil {
		return
	}
	select {
	case <-waiting:
	default:
		w.c.moved.Store(true)
		_ = w.c.nc.SetReadDeadline(past)
		<-waiting
		w.c.readBy = time.Time{}
		_ = w.c.nc.SetReadDeadline(time.Time{})
	}
	w.mu.Lock()
	w.waiting = nil
	w.mu.Unlock()
}

// end stops the timer, too.
func (w *watch) end() {
	w.stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
}

// past is a deadline that is over.
var past = time.Unix(1, 0)
