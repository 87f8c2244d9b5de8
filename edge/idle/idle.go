// Package idle reads from connections that mostly rest. A goroutine that waits in net.Conn.Read must hold the buffer
// that it reads into; ten thousand sockets that say nothing then hold ten thousand buffers. A Source waits without
// one.
package idle

import (
	"errors"
	"io"
	"net"
	"syscall"
	"time"
)

// errWait says that nothing is there to be read yet.
var errWait = errors.New("nothing to read yet")

// Source reads from a connection. One goroutine at a time may use it.
type Source struct {
	conn net.Conn
	raw  syscall.RawConn // the socket, if nothing stands between it and the bytes

	// While Await waits on the socket:
	fd   int // -1: it does not
	use  func() error
	err  error
	look func(fd uintptr) bool

	first [1]byte // what Await has read of a connection without a socket of its own
	held  bool
}

// New makes a source of conn. Where conn offers its socket (syscall.Conn), it must be free of bytes that only conn
// knows of, or SyscallConn must return an error until it is.
func New(conn net.Conn) *Source {
	s := &Source{conn: conn, fd: -1}
	s.look = s.try
	return s
}

// Await waits until something can be read, the end, or an error, and then calls use once, which reads from the
// Source. A buffer that use takes is not needed before. Use may also be called, and take one, when there turns out to
// be nothing: it must return the error of Read and hold nothing then.
func (s *Source) Await(use func() error) error {
	if s.held {
		return use()
	}
	sc, direct := s.conn.(syscall.Conn)
	if direct && s.raw == nil {
		var err error
		if s.raw, err = sc.SyscallConn(); err != nil {
			s.raw = nil
			return use() // bytes are there already
		}
	}
	if !direct {
		n, err := s.conn.Read(s.first[:])
		if n == 0 && err != nil {
			return err
		}
		s.held = n > 0
		return use()
	}
	s.use, s.err = use, nil
	err := s.raw.Read(s.look)
	s.use = nil
	if err != nil {
		return err
	}
	return s.err
}

func (s *Source) try(fd uintptr) bool {
	s.fd = int(fd)
	s.err = s.use()
	s.fd = -1
	return !errors.Is(s.err, errWait)
}

// Read reads what is there. Within Await it does not wait.
func (s *Source) Read(p []byte) (int, error) {
	if s.fd < 0 {
		if s.held && len(p) > 0 {
			p[0], s.held = s.first[0], false
			return 1, nil
		}
		return s.conn.Read(p)
	}
	for {
		n, err := syscall.Read(s.fd, p)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return 0, errWait
		case err != nil:
			return 0, err
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// Rest reads what is there behind the first byte of a connection without a socket of its own, and does not wait for
// more. The connection has no read deadline afterwards.
func (s *Source) Rest(p []byte) int {
	if s.raw != nil || len(p) == 0 {
		return 0
	}
	_ = s.conn.SetReadDeadline(past) // what a layer has decrypted already is read all the same
	n, _ := s.conn.Read(p)
	_ = s.conn.SetReadDeadline(time.Time{})
	return n
}
