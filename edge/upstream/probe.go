package upstream

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"syscall"
	"time"
)

// errHead says that a replica's response head is beyond all reason.
var errHead = errors.New("the response's head is larger than 1 MiB")

// Down reports whether the upstream lately refused connections, or was ejected. It is a hint for choosing, not a verdict.
func (u *Upstream) Down() bool { return u.down.Load() || u.sick.Load() != nil }

// Failed marks the upstream as down and looks in the background when it answers again.
func (u *Upstream) Failed(cause error) {
	if u.ctx.Err() != nil || !u.down.CompareAndSwap(false, true) {
		return
	}
	u.refuses.Store(&ailment{cause.Error(), time.Now()})
	u.log.Warn("upstream does not answer; its requests go elsewhere until it does", "upstream", u.addr, "error", cause)
	go u.watch()
}

// Probe dials once, and marks the upstream as down if nobody answers: for a table restored from disk, whose replicas
// may have died with the edge.
func (u *Upstream) Probe(ctx context.Context) {
	if err := u.touch(ctx); err != nil {
		u.Failed(err)
	}
}

// watch dials, ever more rarely, until somebody answers or the upstream is closed.
func (u *Upstream) watch() {
	wait := 50 * time.Millisecond
	for u.down.Load() {
		t := time.NewTimer(wait + rand.N(wait/4))
		select {
		case <-u.ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		if u.touch(u.ctx) == nil && u.down.CompareAndSwap(true, false) {
			u.log.Info("upstream answers again", "upstream", u.addr)
		}
		wait = min(wait*2, 2*time.Second)
	}
}

func (u *Upstream) touch(ctx context.Context) error {
	s, err := u.dial(ctx)
	if err != nil {
		return err
	}
	return s.Conn.Close()
}

// ErrNotReceived says that a request reached no replica.
var ErrNotReceived = errors.New("no replica received the request")

// Refused reports whether err means that nobody took the request, so that it may be sent elsewhere.
func Refused(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, ErrNotReceived)
}
