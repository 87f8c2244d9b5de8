package serve

import (
	"net"
	"sync"
)

// passed is a listener of connections that another listener has accepted.
type passed struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPassed(addr net.Addr) *passed {
	return &passed{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// pass gives a connection on, or closes it if nobody takes any more.
func (p *passed) pass(c net.Conn) {
	select {
	case p.conns <- c:
	case <-p.closed:
		_ = c.Close()
	}
}

// Accept returns the next connection.
func (p *passed) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and pass.
func (p *passed) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr is the address of the listener that accepts.
func (p *passed) Addr() net.Addr { return p.addr }
