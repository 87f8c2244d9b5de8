package edge

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// retire serves the connections that are left until they are over. Each gets "Connection: close" with its next answer;
// closing one that rests could meet a request that is just coming, so they may rest as long as they always may.
func (e *edge) retire(ctx context.Context) {
	e.log.Info("edge was taken over; serving the connections left", "pid", os.Getpid(), "connections", e.connections())
	go func() { // HTTP/3 has no connections to wait for, and the successor waits for its port
		drain, cancel := context.WithTimeout(ctx, e.o.RetireGrace)
		defer cancel()
		e.h3.shutdown(drain)
	}()
	alone := make(chan struct{})
	go func() {
		defer close(alone)
		_, _ = e.successor.Read(make([]byte, 1)) // it says nothing more: its end is a crash
	}()
	linger := time.NewTimer(e.o.Linger)
	defer linger.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for waiting := e.connections() > 0; waiting; {
		select {
		case <-look.C:
			waiting = e.connections() > 0
		case <-linger.C:
			waiting = false
		case <-alone:
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
	}
	grace := e.o.RetireGrace
	if ctx.Err() != nil {
		grace = e.o.StopGrace
	}
	within, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(e.o.StopGrace, cancel) })
	defer stop()
	e.finish(within)
	if p := e.predecessor.alive(); p != nil { // its successor must outlive it to pass on what it is told
		select {
		case <-e.predecessor.gone:
		case <-within.Done():
		}
	}
	if b, err := json.Marshal(lastMessage{e.stats(context.Background())}); err == nil {
		_ = e.successor.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = e.successor.Write(append(b, '\n'))
	}
	_ = e.link.Close()
	_ = os.Remove(fmt.Sprintf("%s.%d", e.o.Socket, os.Getpid()))
	_ = e.successor.Close()
	e.log.Info("edge that was taken over ends", "pid", os.Getpid())
}

func (e *edge) connections() (n int64) {
	for _, l := range e.listeners() {
		n += l.open.Load()
	}
	return n
}

// stop ends an edge nobody takes over from.
func (e *edge) stop() {
	e.gate.Lock()
	handed := e.closing
	e.closing = true
	e.gate.Unlock()
	if handed { // in the same moment: the socket is the successor's
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		e.retire(ctx)
		return
	}
	e.retiring.Store(true)
	within, cancel := context.WithTimeout(context.Background(), e.o.StopGrace)
	defer cancel()
	e.finish(within)
	_ = os.Remove(e.o.Socket)
	_ = e.admin.Close()
	e.dismissKeepers() // now, so that who watches starts the next one at once
}

// finish lets what is under way end, within ctx, cuts the rest and stops the servers.
func (e *edge) finish(ctx context.Context) {
	var wg sync.WaitGroup
	for _, s := range e.servers {
		wg.Go(func() { _ = s.Shutdown(ctx) })
	}
	wg.Go(func() { e.h3.shutdown(ctx) })
	wg.Wait()
	e.router.Finish(ctx) // what is left are sockets, and what outlasted ctx
	e.abandon()
}

// abandon closes whatever is open.
func (e *edge) abandon() {
	for _, s := range e.servers {
		_ = s.Close()
	}
	for _, l := range e.listeners() {
		_ = l.Close()
	}
	if e.admin == nil && e.control != nil { // the start failed
		_ = e.control.Close()
	}
	if e.h3 != nil {
		e.h3.cancel()
		_ = e.h3.server.Close()
	}
	if e.certs != nil {
		e.certs.Stop()
	}
	if e.router != nil {
		e.router.Close()
	}
}
