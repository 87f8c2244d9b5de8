package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/edge/perclient"
	"github.com/syntra-dev/syntra/edge/trust"
)

// listener counts its connections, all and of each client, and can stop accepting while the server above it goes on
// serving them.
type listener struct {
	*net.TCPListener
	trusted trust.Networks
	clients *perclient.Count
	open    atomic.Int64
	retired atomic.Bool
	closed  chan struct{}
	once    sync.Once
}

func newListener(l net.Listener, trusted trust.Networks, clients *perclient.Count) (*listener, error) {
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return nil, fmt.Errorf("a %T is no TCP listener", l)
	}
	return &listener{TCPListener: tcp, trusted: trusted, clients: clients, closed: make(chan struct{})}, nil
}

// Accept waits for the next connection. After retire it waits for Close: the server must not think that it is over.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.TCPListener.AcceptTCP()
		if err != nil {
			if l.retired.Load() {
				<-l.closed
			}
			return nil, err
		}
		if l.trusted.Trusted(c) {
			l.open.Add(1)
			return l.proxied(c), nil
		}
		client := c.RemoteAddr().(*net.TCPAddr).AddrPort().Addr()
		if l.clients.Take(client) {
			l.open.Add(1)
			return &countedConn{TCPConn: c, l: l, client: client}, nil
		}
		_ = c.SetLinger(0)
		_ = c.Close()
	}
}

// proxied is a connection from a trusted proxy. It counts for the client that it says it is for.
func (l *listener) proxied(c *net.TCPConn) net.Conn {
	p := &proxiedConn{Conn: trust.NewConn(c), l: l}
	p.Admit = func(client netip.Addr) bool {
		ok := l.clients.Take(client)
		if ok {
			p.client.Store(&client)
		}
		return ok
	}
	return p
}

// retire lets go of the socket; connections that wait in its queue belong to the successor.
func (l *listener) retire() {
	l.retired.Store(true)
	_ = l.TCPListener.Close()
}

// Close closes the listener.
func (l *listener) Close() error {
	var err error
	l.once.Do(func() {
		close(l.closed)
		if !l.retired.Load() {
			err = l.TCPListener.Close()
		}
	})
	return err
}

// countedConn embeds the TCPConn so that net/http keeps its fast paths.
type countedConn struct {
	*net.TCPConn
	l      *listener
	client netip.Addr
	once   sync.Once
}

// Close closes the connection.
func (c *countedConn) Close() error {
	c.once.Do(func() {
		c.l.open.Add(-1)
		c.l.clients.Leave(c.client)
	})
	return c.TCPConn.Close()
}

// proxiedConn is a connection from a trusted proxy.
type proxiedConn struct {
	*trust.Conn
	l      *listener
	client atomic.Pointer[netip.Addr] // for whom it was counted
	once   sync.Once
}

// Close closes the connection.
func (c *proxiedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.l.open.Add(-1)
		if client := c.client.Load(); client != nil {
			c.l.clients.Leave(*client)
		}
	})
	return err
}

// listen opens addr. Where any free port would do, the one used before is taken again: clients know it.
func listen(ctx context.Context, addr, before string, log *slog.Logger) (net.Listener, error) {
	var lc net.ListenConfig
	host, port, _ := net.SplitHostPort(addr)
	if _, oldPort, err := net.SplitHostPort(before); port == "0" && err == nil {
		same := net.JoinHostPort(host, oldPort)
		l, err := listenPatiently(ctx, &lc, same)
		if err == nil {
			return l, nil
		}
		log.Warn("the port used before is taken; the edge listens on another one", "address", same, "error", err)
	} else if port != "0" {
		return listenPatiently(ctx, &lc, addr)
	}
	return lc.Listen(ctx, "tcp", addr)
}

// listenPatiently waits a moment for a predecessor that is just going.
func listenPatiently(ctx context.Context, lc *net.ListenConfig, addr string) (net.Listener, error) {
	until := time.Now().Add(3 * time.Second)
	for {
		l, err := lc.Listen(ctx, "tcp", addr)
		if err == nil || !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(until) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// listenUnix binds the socket under another name and moves it into place: it never exists with open permissions, and a
// stale one left by a killed edge is replaced.
func listenUnix(path string) (*net.UnixListener, error) {
	tmp := fmt.Sprintf("%s.%d.new", path, os.Getpid())
	_ = os.Remove(tmp)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: tmp, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(tmp, 0o600), os.Rename(tmp, path)); err != nil {
		_ = l.Close()
		_ = os.Remove(tmp)
		return nil, fmt.Errorf("control socket: %w", err)
	}
	return l, nil
}

func portOf(l net.Listener) int {
	if l == nil {
		return 0
	}
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}
