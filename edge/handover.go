package edge

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
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
	_ = conn.SetDeadline(time.Now().Add(2 * answerWithin))
	if e.closing {
		return handover.Send(conn, handover.Offer{PID: os.Getpid(), Version: e.o.Version, Error: "it is already going"}, nil)
	}
	offer, listeners := e.offer()
	offer.Sockets, listeners = append(offer.Sockets, "control"), append(listeners, e.control)
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
	go e.link.Serve(l) //nolint:errcheck // ends with ErrServerClosed
	e.retiring.Store(true)
	e.stopAccepting()
	e.dismissKeepers()
	b, _ := json.Marshal(linkMessage{path})
	_, _ = conn.Write(append(b, '\n')) // a successor that died now is noticed by its end of conn
	_ = conn.SetDeadline(time.Time{})
	e.successor = conn
	close(e.handed)
	return nil
}

func (e *edge) stopAccepting() {
	for _, l := range e.listeners() {
		l.retire()
	}
	go e.admin.Shutdown(context.Background()) //nolint:errcheck // drains that were asked for here are answered here
}
