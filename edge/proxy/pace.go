package proxy

import (
	"errors"
	"net/http"
	"sync"
	"time"
)

// Pace is what the edge expects of clients. What a client does not read or send holds memory, a connection and a
// replica's slot, so those that stand still or crawl are let go.
type Pace struct {
	// Patience bounds how long a client may take to send or accept anything at all.
	Patience time.Duration
	// MinRate is how many bytes of a body a second a client must send, on average, once Patience is over.
	MinRate int64
}

// complete fills in what is not set.
func (p Pace) complete() Pace {
	if p.Patience <= 0 {
		p.Patience = time.Minute
	}
	if p.MinRate <= 0 {
		p.MinRate = 240
	}
	return p
}

// errSlow says that the client sends its body slower than it must.
var errSlow = errors.New("the client sends too slowly")

// watch calls fire, once, when something it watches takes too long. It is for one goroutine; fire runs in another.
// The timer is not stopped each time: it looks, when it fires, whether it fires for what is watched now.
type watch struct {
	mu      sync.Mutex
	timer   *time.Timer
	pending bool      // the timer runs
	until   time.Time // zero: nothing is watched
	fire    func()
}

// start watches what begins now and may take d.
func (w *watch) start(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.until = time.Now().Add(d)
	if w.pending {
		return
	}
	w.pending = true
	if w.timer == nil {
		w.timer = time.AfterFunc(d, w.look)
	} else {
		w.timer.Reset(d)
	}
}

// stop says that it is over; fire does not run after stop has returned.
func (w *watch) stop() {
	w.mu.Lock()
	w.until = time.Time{}
	w.mu.Unlock()
}

// end stops the timer, too.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.until = time.Time{}
	if w.pending && w.timer.Stop() {
		w.pending = false
	}
}

func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = false
	if w.until.IsZero() {
		return
	}
	if left := time.Until(w.until); left > 0 {
		w.pending = true
		w.timer.Reset(left)
		return
	}
	w.until = time.Time{}
	w.fire()
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// stopReading makes reading the client's body fail, now and from now on.
func (x *exchange) stopReading() { _ = http.NewResponseController(x.w).SetReadDeadline(past) }

// stopWriting makes writing to the client fail.
func (x *exchange) stopWriting() { _ = http.NewResponseController(x.w).SetWriteDeadline(past) }

// beforeWrite bounds the write to the client that follows. HTTP/1's deadline is the socket's: it is set ahead and only
// moved when half of it has passed, and it holds for what net/http writes after the handler, too. HTTP/2 resets a
// stream whose deadline passes even if nothing is being written, so there the write itself is watched.
func (x *exchange) beforeWrite() {
	if x.r.ProtoMajor != 1 {
		x.writing.start(x.pace.Patience)
		return
	}
	now := time.Now()
	if x.writeBy.Sub(now) > x.pace.Patience/2 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.off { // else a drain has set its own
		x.writeBy = now.Add(x.pace.Patience)
		_ = http.NewResponseController(x.w).SetWriteDeadline(x.writeBy)
	}
}

func (x *exchange) afterWrite() {
	if x.r.ProtoMajor != 1 {
		x.writing.stop()
	}
}

// lastWrite bounds what the library still writes after the handler.
func (x *exchange) lastWrite() {
	if x.r.ProtoMajor == 1 {
		x.beforeWrite()
		return
	}
	_ = http.NewResponseController(x.w).SetWriteDeadline(time.Now().Add(x.pace.Patience))
}
