// Package handover passes listening sockets from an edge to its successor (SCM_RIGHTS). The kernel's queue of waiting
// connections belongs to the socket, not to the process: no connection is lost between the two.
package handover

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

// Offer is the first thing the old edge says; the sockets travel beside it in the order of Sockets.
type Offer struct {
	PID     int      `json:"pid"`
	Version string   `json:"version"`
	Sockets []string `json:"sockets"`
	// Error: the edge cannot be taken over (it is already).
	Error string `json:"error,omitempty"`
}

// maxSockets and maxOffer bound what is received.
const (
	maxSockets = 8
	maxOffer   = 16 << 10
)

// Send writes the offer and the listeners in one message.
func Send(c *net.UnixConn, o Offer, listeners []net.Listener) error {
	fds := make([]int, len(listeners))
	return withFDs(listeners, fds, func() error {
		b, err := json.Marshal(o)
		if err != nil {
			return err
		}
		var rights []byte
		if len(fds) > 0 {
			rights = syscall.UnixRights(fds...)
		}
		n, oob, err := c.WriteMsgUnix(b, rights, nil)
		if err == nil && (n != len(b) || oob != len(rights)) {
			err = errors.New("the message was cut short")
		}
		return err
	})
}

// withFDs runs f while all descriptors are certain to stay open.
func withFDs(listeners []net.Listener, fds []int, f func() error) error {
	if len(listeners) == 0 {
		return f()
	}
	sc, ok := listeners[0].(syscall.Conn)
	if !ok {
		return fmt.Errorf("a %T cannot be handed over", listeners[0])
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = raw.Control(func(fd uintptr) {
		fds[0] = int(fd)
		// The slice of fds is shared: the innermost f sees all of them.
		inner = withFDs(listeners[1:], fds[1:], f)
	})
	return errors.Join(err, inner)
}

// Receive reads an offer and its listeners, by name; an offer with an Error has none.
func Receive(c *net.UnixConn, within time.Duration) (Offer, map[string]net.Listener, error) {
	_ = c.SetReadDeadline(time.Now().Add(within))
	defer func() { _ = c.SetReadDeadline(time.Time{}) }()
	b := make([]byte, maxOffer)
	oob := make([]byte, syscall.CmsgSpace(4*maxSockets))
	n, oobn, _, _, err := c.ReadMsgUnix(b, oob)
	if err != nil {
		return Offer{}, nil, fmt.Errorf("waiting for the running edge's sockets: %w", err)
	}
	files, err := receivedFiles(oob[:oobn])
	defer func() {
		for _, f := range files {
			_ = f.Close() // net.FileListener has made its own
		}
	}()
	if err != nil {
		return Offer{}, nil, err
	}
	var o Offer
	if err := json.Unmarshal(b[:n], &o); err != nil {
		return o, nil, fmt.Errorf("the running edge's offer: %w", err)
	}
	if o.Error != "" {
		return o, nil, nil
	}
	if len(files) != len(o.Sockets) {
		return o, nil, fmt.Errorf("the running edge offered %d sockets and sent %d", len(o.Sockets), len(files))
	}
	out := map[string]net.Listener{}
	for i, name := range o.Sockets {
		l, err := net.FileListener(files[i])
		if err != nil {
			closeAll(out)
			return o, nil, fmt.Errorf("socket %q of the running edge: %w", name, err)
		}
		out[name] = l
	}
	return o, out, nil
}

func receivedFiles(oob []byte) ([]*os.File, error) {
	messages, err := syscall.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, err
	}
	var files []*os.File
	for _, m := range messages {
		fds, err := syscall.ParseUnixRights(&m)
		if err != nil {
			return files, err
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "inherited"))
		}
	}
	return files, nil
}

func closeAll(ls map[string]net.Listener) {
	for _, l := range ls {
		_ = l.Close()
	}
}
