// Package keeper holds the listening sockets of an edge for whoever watches over it. A socket lives as long as anybody
// holds it: when the edge is killed, connections that come meanwhile wait in the kernel's queue instead of being refused,
// and the next edge gets the sockets with its start and accepts them.
//
// Terms: the keeper asks the edge for its sockets on the control socket (POST /v1/sockets) and keeps that connection. Its
// end is the edge's end, or the moment at which the edge has handed its sockets to a successor, which is then to be
// asked. The keeper accepts nothing. What the killed edge carried is lost with it; HTTP/3 has no socket to keep.
package keeper

import (
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/edge/handover"
)

// answerWithin bounds the wait for the edge's sockets.
const answerWithin = 5 * time.Second

// Sockets are what an edge listens on. A nil *Sockets holds none.
type Sockets struct {
	held map[string]net.Listener
	conn *net.UnixConn
	gone chan struct{}
}

// Hold asks the edge on a control socket for its listening sockets.
func Hold(socket string) (*Sockets, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("asking the edge for its sockets: %w", err)
	}
	_ = conn.SetDeadline(time.Now().Add(answerWithin))
	_, err = io.WriteString(conn, "POST /v1/sockets HTTP/1.1\r\nHost: edge\r\nContent-Length: 0\r\n\r\n")
	var offer handover.Offer
	s := &Sockets{conn: conn, gone: make(chan struct{})}
	if err == nil {
		offer, s.held, err = handover.Receive(conn, answerWithin)
	}
	if err == nil && offer.Error != "" {
		err = fmt.Errorf("the edge (pid %d): %s", offer.PID, offer.Error)
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("asking the edge for its sockets: %w", err)
	}
	_ = conn.SetDeadline(time.Time{})
	go func() {
		defer close(s.gone)
		_, _ = conn.Read(make([]byte, 1)) // it says nothing more
	}()
	return s, nil
}

// Gone is closed when the edge that the sockets came from has ended or was taken over. It is nil, and so never closed,
// for no sockets.
func (s *Sockets) Gone() <-chan struct{} {
	if s == nil {
		return nil
	}
	return s.gone
}

// Files are the sockets for another process, by name, to be inherited from descriptor 3 on. The caller closes them.
func (s *Sockets) Files() (names []string, files []*os.File) {
	if s == nil {
		return nil, nil
	}
	for name, l := range s.held {
		if tcp, ok := l.(*net.TCPListener); ok {
			if f, err := tcp.File(); err == nil {
				names, files = append(names, name), append(files, f)
			}
		}
	}
	return names, files
}

// Names are what is held, in order.
func (s *Sockets) Names() []string {
	var out []string
	if s != nil {
		for name := range s.held {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Close lets go of the sockets.
func (s *Sockets) Close() {
	if s == nil {
		return
	}
	_ = s.conn.Close()
	for _, l := range s.held {
		_ = l.Close()
	}
}
