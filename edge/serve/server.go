// Package serve is an HTTP/1.1 server for connections that mostly rest or carry small requests, over TCP and TLS. It
// gives net/http's requests to net/http's handlers, so that one chain of handlers answers whatever came by HTTP/1.1,
// 2 and 3; connections that agree on HTTP/2 go to net/http's own server.
//
// What it does otherwise than net/http: heads are read by package h1, which is stricter; a request's memory is used
// again for the next one on its connection; no goroutine waits beside a handler unless the request takes long; a
// connection that rests holds no buffers; a request whose body was not read to its end before the answer begins is
// the last one. HTTP/1.0 connections serve one request. Types of contents are not guessed.
//
// The ResponseWriter has what http.ResponseController asks for (Flush, deadlines, Hijack, full duplex).
package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Server serves HTTP/1.1. Its fields are set before the first Serve.
type Server struct {
	Handler http.Handler
	// TLS is what TLS connections are accepted with; nil: connections are in the clear.
	TLS *tls.Config
	// HTTP2, if set, serves the TLS connections that agree on HTTP/2.
	HTTP2 *http.Server
	// HeadWithin bounds how long a client takes for a handshake and for a request's head, Idle how long a connection
	// rests between requests, WriteWithin how long it may take nothing of an answer, unless a handler sets its own
	// deadline.
	HeadWithin, Idle, WriteWithin time.Duration
	// MaxHead bounds a request's head in bytes.
	MaxHead int
	Log     *slog.Logger

	closing atomic.Bool
	mu      sync.Mutex
	conns   map[*conn]struct{}
	open    []net.Listener
}

// Serve serves the connections that l accepts, until l fails or the server is shut down (http.ErrServerClosed).
func (s *Server) Serve(l net.Listener) error {
	config := s.config()
	var next *passed
	s.mu.Lock()
	s.open = append(s.open, l)
	if s.conns == nil {
		s.conns = map[*conn]struct{}{}
	}
	if s.HTTP2 != nil && config != nil {
		next = newPassed(l.Addr())
		s.open = append(s.open, next)
		go s.HTTP2.Serve(next) //nolint:errcheck // it ends with its listener
	}
	s.mu.Unlock()
	for wait := time.Duration(0); ; {
		nc, err := l.Accept()
		if s.closing.Load() {
			if err == nil {
				_ = nc.Close()
			}
			return http.ErrServerClosed
		}
		if ne := net.Error(nil); errors.As(err, &ne) &&
			ne.Temporary() { //nolint:staticcheck // descriptors have run out; some will be free again
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			s.Log.Error("accepting connections; trying again", "error", err, "in", wait)
			<-time.After(wait)
			continue
		}
		if err != nil {
			return err
		}
		wait = 0
		go s.newConn(nc, config, next).serve()
	}
}

// config is TLS with the protocols that are spoken here.
func (s *Server) config() *tls.Config {
	if s.TLS == nil {
		return nil
	}
	config := s.TLS.Clone()
	for _, proto := range []string{"h2", "http/1.1"} {
		if (proto != "h2" || s.HTTP2 != nil) && !slices.Contains(config.NextProtos, proto) {
			config.NextProtos = append(config.NextProtos, proto)
		}
	}
	return config
}

func (s *Server) track(c *conn) {
	s.mu.Lock()
	s.conns[c] = struct{}{}
	s.mu.Unlock()
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// newFor is how long a connection on which nothing has come yet is taken for one on which a request is just coming.
const newFor = 5 * time.Second

// Shutdown stops accepting, closes connections that rest, and waits until the others have been answered or ctx ends.
// Hijacked connections are not waited for.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopAccepting()
	var http2 chan error
	if s.HTTP2 != nil {
		http2 = make(chan error, 1)
		go func() { http2 <- s.HTTP2.Shutdown(ctx) }()
	}
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for s.closeResting() > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
	if http2 != nil {
		return <-http2
	}
	return nil
}

// closeResting returns how many connections are left.
func (s *Server) closeResting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if c.fresh.Load() && time.Since(c.accepted) < newFor {
			continue
		}
		if c.state.CompareAndSwap(resting, over) {
			_ = c.socket.Close()
		}
	}
	return len(s.conns)
}

// Close closes everything at once but hijacked connections.
func (s *Server) Close() error {
	s.stopAccepting()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.socket.Close()
	}
	s.mu.Unlock()
	if s.HTTP2 != nil {
		return s.HTTP2.Close()
	}
	return nil
}

func (s *Server) stopAccepting() {
	s.closing.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.open {
		_ = l.Close()
	}
	s.open = nil
}
