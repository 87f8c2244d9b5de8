package peer

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/upstream"
)

const (
	// openWithin bounds connecting, handshake and greeting together.
	openWithin = 5 * time.Second
	// lostAfter is when a peer whose machine or line has gone is given up, though its connections never ended: what was
	// sent is not acknowledged, or a resting connection does not answer to keep-alives.
	lostAfter = 5 * time.Second
)

// Dial opens connections to a peer for one release's requests. It returns an error unless the peer has greeted back.
func (c *Credentials) Dial(service, release string, e control.Endpoint) upstream.Dial {
	return func(ctx context.Context) (upstream.Stream, error) {
		ctx, cancel := context.WithTimeout(ctx, openWithin)
		defer cancel()
		s, err := c.open(ctx, service, release, e)
		if err != nil {
			return s, fmt.Errorf("%w: peer %s: %w", upstream.ErrNotReceived, e.Server, err)
		}
		return s, nil
	}
}

func (c *Credentials) open(ctx context.Context, service, release string, e control.Endpoint) (upstream.Stream, error) {
	config, err := c.clientConfig(e.Server)
	if err != nil {
		return upstream.Stream{}, err
	}
	d := net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: lostAfter / 2, Interval: lostAfter / 5, Count: 3},
		Control:         giveUpEarly,
	}
	socket, err := d.DialContext(ctx, "tcp", e.Address)
	if err != nil {
		return upstream.Stream{}, err
	}
	secure := tls.Client(socketConn{socket.(*net.TCPConn)}, config)
	err = secure.HandshakeContext(ctx)
	if err == nil {
		err = greet(ctx, secure, service, release)
	}
	if err != nil {
		_ = socket.Close()
		return upstream.Stream{}, err
	}
	return upstream.Stream{Conn: secure, Socket: socket.(*net.TCPConn)}, nil
}

// giveUpEarly bounds how long sent bytes may wait for their acknowledgement; the kernel's own bound is a quarter of an hour.
func giveUpEarly(_, _ string, raw syscall.RawConn) error {
	var inner error
	err := raw.Control(func(fd uintptr) {
		inner = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(lostAfter/time.Millisecond))
	})
	return errors.Join(err, inner)
}

// greet asks the peer whether it takes the release's requests.
func greet(ctx context.Context, conn net.Conn, service, release string) error {
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	_, err := fmt.Fprintf(conn, "OPTIONS * HTTP/1.1\r\nHost: peer\r\n%s: 1\r\n%s: %s\r\n%s: %s\r\n\r\n",
		GreetingHeader, ServiceHeader, service, ReleaseHeader, release)
	if err != nil {
		return err
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	switch {
	case err != nil:
		return fmt.Errorf("it did not greet back: %w", err)
	case resp.StatusCode != http.StatusNoContent:
		return fmt.Errorf("it takes no requests: %s %s", resp.Status, resp.Header.Get(UnservedHeader))
	case r.Buffered() > 0:
		return errors.New("it said more than a greeting")
	case !stop():
		return context.Cause(ctx)
	}
	return conn.SetDeadline(time.Time{})
}

// errLost says that the peer's machine, or the line to it, has gone.
var errLost = errors.New("the peer is not there any more")

// socketConn tells a peer that has gone from a deadline of ours that has passed: both are "timeouts" to package net, but
// only after the first a request that is safe to repeat should go elsewhere.
type socketConn struct{ *net.TCPConn }

func (c socketConn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	return n, lost(err)
}

func (c socketConn) Write(b []byte) (int, error) {
	n, err := c.TCPConn.Write(b)
	return n, lost(err)
}

func lost(err error) error {
	if errors.Is(err, syscall.ETIMEDOUT) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) {
		return fmt.Errorf("%w: %s", errLost, err.Error())
	}
	return err
}
