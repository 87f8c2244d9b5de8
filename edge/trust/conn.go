package trust

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// headerWithin bounds the wait for the PROXY protocol's header.
const headerWithin = 30 * time.Second

// Conn is a connection from a trusted proxy. If the PROXY protocol's header stands in front, the connection is the
// client's that it names; if not, it is the proxy's own. The header is read by whoever first asks for the address or
// for bytes, so that no slow proxy holds up others.
type Conn struct {
	*net.TCPConn
	// Admit, if set, is asked once whether the client that the header named may connect.
	Admit func(netip.Addr) bool

	once   sync.Once
	r      *bufio.Reader
	remote net.Addr
	over   bool // no header, or not admitted
}

// NewConn wraps a connection whose peer Networks contain.
func NewConn(c *net.TCPConn) *Conn {
	return &Conn{TCPConn: c, r: bufio.NewReaderSize(c, 4<<10), remote: c.RemoteAddr()}
}

// Trusted reports whether the connection comes from a trusted proxy.
func (n Networks) Trusted(c *net.TCPConn) bool {
	return len(n) > 0 && n.Contain(addrOf(c.RemoteAddr()))
}

// RemoteAddr is the client's address, as far as the proxy says it.
func (c *Conn) RemoteAddr() net.Addr {
	c.once.Do(c.begin)
	return c.remote
}

// Read reads what comes behind the header. If that is none, or not admitted, the connection is at its end.
func (c *Conn) Read(p []byte) (int, error) {
	c.once.Do(c.begin)
	if c.over {
		return 0, io.EOF // the server above answers nothing to it
	}
	if c.r != nil {
		if c.r.Buffered() > 0 {
			return c.r.Read(p)
		}
		c.r = nil
	}
	return c.TCPConn.Read(p)
}

var errNotYet = errors.New("bytes that were read with the header come first")

// SyscallConn offers the socket once it has all the bytes that are left to be read.
func (c *Conn) SyscallConn() (syscall.RawConn, error) {
	c.once.Do(c.begin)
	if c.over || c.r != nil && c.r.Buffered() > 0 {
		return nil, errNotYet
	}
	return c.TCPConn.SyscallConn()
}

func (c *Conn) begin() {
	_ = c.TCPConn.SetReadDeadline(time.Now().Add(headerWithin))
	client, err := readHeader(c.r)
	if err != nil {
		c.over = true
		return
	}
	_ = c.TCPConn.SetReadDeadline(time.Time{})
	if !client.IsValid() {
		return
	}
	c.remote = net.TCPAddrFromAddrPort(client)
	if c.Admit != nil && !c.Admit(client.Addr().Unmap()) {
		c.over = true
	}
}
