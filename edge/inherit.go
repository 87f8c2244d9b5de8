package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/handover"
)

// answerWithin bounds how long a running edge may take for each step of a takeover.
const answerWithin = 15 * time.Second

// inheritance is what a starting edge gets from the one that runs. A nil inheritance is that of the first edge.
type inheritance struct {
	conn    *net.UnixConn
	offer   handover.Offer
	sockets map[string]net.Listener
}

// linkMessage tells the successor where the old edge can still be driven.
type linkMessage struct {
	Socket string `json:"socket"`
}

// inherit asks the edge on the socket, if one runs, for its listeners, or waits for its end if it is just going.
func inherit(ctx context.Context, socket string) (*inheritance, error) {
	for {
		i, err := inheritNow(socket)
		if i == nil || i.offer.Error == "" || err != nil {
			return i, err
		}
		_ = i.conn.Close()
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the running edge (pid %d) can neither be taken over nor waited for: %s", i.offer.PID, i.offer.Error)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// inheritNow asks once. A socket on which nobody answers was left by an edge that was killed.
func inheritNow(socket string) (*inheritance, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	_ = conn.SetDeadline(time.Now().Add(answerWithin))
	if _, err := io.WriteString(conn, "POST /v1/takeover HTTP/1.1\r\nHost: edge\r\nContent-Length: 0\r\n\r\n"); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("asking the running edge to hand over: %w", err)
	}
	offer, sockets, err := handover.Receive(conn, answerWithin)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return &inheritance{conn, offer, sockets}, nil
}

// take is the inherited listener called name if it listens where addr says; nil: open one.
func (i *inheritance) take(name, addr string) net.Listener {
	if i == nil || i.sockets[name] == nil {
		return nil
	}
	l := i.sockets[name]
	if addr != "" && !listensOn(l, addr) {
		return nil
	}
	delete(i.sockets, name)
	return l
}

// listensOn compares a listener's address with a configured one, whose port 0 stands for any.
func listensOn(l net.Listener, addr string) bool {
	want, err := net.ResolveTCPAddr("tcp", addr)
	have, ok := l.Addr().(*net.TCPAddr)
	if err != nil || !ok || (want.Port != 0 && want.Port != have.Port) {
		return false
	}
	if len(want.IP) == 0 || want.IP.IsUnspecified() {
		return len(have.IP) == 0 || have.IP.IsUnspecified()
	}
	return want.IP.Equal(have.IP)
}

// commit tells the old edge that this one serves; when it returns, the old one accepts nothing more and takes changes
// from this one only.
func (i *inheritance) commit() (*control.Client, error) {
	_ = i.conn.SetDeadline(time.Now().Add(answerWithin))
	if _, err := io.WriteString(i.conn, "ready\n"); err != nil {
		return nil, fmt.Errorf("telling the running edge (pid %d) to stop accepting: %w", i.offer.PID, err)
	}
	line, err := readLine(i.conn)
	if err != nil {
		return nil, fmt.Errorf("the running edge (pid %d) did not confirm: %w", i.offer.PID, err)
	}
	var link linkMessage
	if err := json.Unmarshal(line, &link); err != nil {
		return nil, fmt.Errorf("the running edge's confirmation: %w", err)
	}
	_ = i.conn.SetDeadline(time.Time{})
	return control.NewClient(link.Socket), nil
}

// readLine reads byte by byte: nothing behind the line may be swallowed.
func readLine(r io.Reader) ([]byte, error) {
	var line []byte
	var b [1]byte
	for len(line) < 4096 {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return nil, err
		}
		if b[0] == '\n' {
			return line, nil
		}
		line = append(line, b[0])
	}
	return nil, errors.New("line too long")
}

// discard closes what was not taken.
func (i *inheritance) discard() {
	if i == nil {
		return
	}
	for _, l := range i.sockets {
		_ = l.Close()
	}
	if i.conn != nil {
		_ = i.conn.Close()
	}
}
