package edge

import (
	"net"
	"net/http"
	"os"
	"time"

	"github.com/syntra-dev/syntra/edge/handover"
)

// lendSockets gives the listening sockets to a keeper (package keeper), and keeps the connection open for as long as they
// are this edge's.
func (e *edge) lendSockets(w http.ResponseWriter, _ *http.Request) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		e.log.Error("lending the listening sockets", "error", err)
		return
	}
	conn := c.(*net.UnixConn)
	e.gate.Lock()
	defer e.gate.Unlock()
	_ = conn.SetDeadline(time.Now().Add(answerWithin))
	offer, listeners := e.offer()
	if e.closing {
		offer, listeners = handover.Offer{PID: offer.PID, Error: "it is going"}, nil
	}
	if err := handover.Send(conn, offer, listeners); err != nil || e.closing {
		_ = conn.Close()
		return
	}
	_ = conn.SetDeadline(time.Time{})
	e.keepers = append(e.keepers, conn)
}

// offer is what a successor or a keeper gets.
func (e *edge) offer() (handover.Offer, []net.Listener) {
	o := handover.Offer{PID: os.Getpid(), Version: e.o.Version, Sockets: []string{"http"}}
	listeners := []net.Listener{e.http.TCPListener}
	if e.https != nil {
		o.Sockets, listeners = append(o.Sockets, "https"), append(listeners, e.https.TCPListener)
	}
	if e.peer != nil {
		o.Sockets, listeners = append(o.Sockets, "peer"), append(listeners, e.peer.TCPListener)
	}
	return o, listeners
}

// dismissKeepers tells them that the sockets are not this edge's any more. The gate is held, or nobody passes it.
func (e *edge) dismissKeepers() {
	for _, c := range e.keepers {
		_ = c.Close()
	}
	e.keepers = nil
}

// kept are the sockets that a keeper has started this process with, from descriptor 3 on.
func kept(names []string) *inheritance {
	i := &inheritance{sockets: map[string]net.Listener{}}
	for n, name := range names {
		f := os.NewFile(uintptr(3+n), name)
		if l, err := net.FileListener(f); err == nil {
			i.sockets[name] = l
		}
		_ = f.Close()
	}
	return i
}
