package edge

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/edge/handover"
)

// openControl starts the control API. If an edge runs, this is the moment at which it stops accepting.
func (e *edge) openControl(old *inheritance) error {
	if l := old.take("control", ""); l != nil {
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		e.control = l
	} else {
		l, err := listenUnix(e.o.Socket)
		if err != nil {
			return err
		}
		e.control = l
	}
	if old != nil {
		client, err := old.commit()
		if err != nil {
			return err
		}
		e.predecessor.follow(client, old.conn)
		old.conn = nil // it stays open: its end is the old edge's end
	}
	e.admin = e.adminServer(false)
	e.run(func() error { return e.admin.Serve(e.control) })
	return nil
}

// handOver gives the listeners to a successor, and once that serves, stops accepting. Until the successor has said so
// nothing has changed, and a successor that dies on the way has no effect.
func (e *edge) handOver(w http.ResponseWriter, _ *http.Request) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		e.log.Error("handing over", "error", err)
		return
	}
	conn := c.(*net.UnixConn)
	if err := e.handOverOn(conn); err != nil {
		_ = conn.Close()
		e.log.Warn("a takeover came to nothing; this edge goes on", "error", err)
	}
}

func (e *edge) handOverOn(conn *net.UnixConn) error {
	e.gate.Lock() // changes wait, so that the table on disk is the table
	defer e.gate.Unlock()
	offer := handover.Offer{PID: os.Getpid(), Version: e.o.Version}
	_ = conn.SetDeadline(time.Now().Add(2 * answerWithin))
	if e.closing {
		offer.Error = "it is already going"
		return handover.Send(conn, offer, nil)
	}
	listeners := []net.Listener{e.http.TCPListener, e.control}
	offer.Sockets = []string{"http", "control"}
	if e.https != nil {
		listeners, offer.Sockets = append(listeners, e.https.TCPListener), append(offer.Sockets, "https")
	}
	if err := handover.Send(conn, offer, listeners); err != nil {
		return fmt.Errorf("sending the sockets: %w", err)
	}
	if line, err := readLine(conn); err != nil || string(line) != "ready" {
		return fmt.Errorf("the successor did not become ready: %q %w", line, err)
	}
	path := fmt.Sprintf("%s.%d", e.o.Socket, os.Getpid())
	l, err := listenUnix(path)
	if err != nil {
		return err
	}
	e.closing = true
	e.router.Detach()
	e.link = e.adminServer(true)
	go e.link.Serve(l)
	e.retiring.Store(true)
	e.stopAccepting()
	b, _ := json.Marshal(linkMessage{path})
	_, _ = conn.Write(append(b, '\n')) // a successor that died now is noticed by its end of conn
	_ = conn.SetDeadline(time.Time{})
	e.successor = conn
	close(e.handed)
	return nil
}

func (e *edge) stopAccepting() {
	for _, l := range []*listener{e.http, e.https} {
		if l != nil {
			l.retire()
		}
	}
	go e.admin.Shutdown(context.Background()) // drains that were asked for here are answered here
}

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
	for _, l := range []*listener{e.http, e.https} {
		if l != nil {
			n += l.open.Load()
		}
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
	for _, l := range []*listener{e.http, e.https} {
		if l != nil {
			_ = l.Close()
		}
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
