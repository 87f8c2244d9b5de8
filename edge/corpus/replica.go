package corpus

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// Replica is a strict upstream. It reads as RFC 9112 says and no other way, and records whatever nobody sent: lines
// that are no request, requests that are not of the corpus, bodies that hold another visitor's request.
type Replica struct {
	l net.Listener

	mu      sync.Mutex
	desyncs []string
	heads   int
}

// Listen starts a replica on a free port of this machine.
func Listen() (*Replica, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Replica{l: l}
	go r.accept()
	return r, nil
}

// Addr is where it listens.
func (r *Replica) Addr() string { return r.l.Addr().String() }

// Close stops listening.
func (r *Replica) Close() { _ = r.l.Close() }

// Desynchronised are the replica's complaints so far.
func (r *Replica) Desynchronised() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.desyncs...)
}

// Requests is how many requests began here.
func (r *Replica) Requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.heads
}

func (r *Replica) complain(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.desyncs = append(r.desyncs, fmt.Sprintf(format, args...))
}

func (r *Replica) accept() {
	for {
		c, err := r.l.Accept()
		if err != nil {
			return
		}
		go r.serve(c)
	}
}

func (r *Replica) serve(c net.Conn) {
	defer c.Close()
	br := bufio.NewReaderSize(c, 256<<10)
	for {
		q, err := readHead(br)
		if err == io.EOF {
			return
		}
		if err != nil {
			var cut *net.OpError
			if err != io.ErrUnexpectedEOF && !errors.As(err, &cut) { // a cut connection is nobody's next request
				r.complain("no request: %v", err)
			}
			return
		}
		r.mu.Lock()
		r.heads++
		r.mu.Unlock()
		switch {
		case strings.HasPrefix(q.target, "/visitor/"):
			if q.length != 0 || q.chunked {
				r.complain("a visitor's request got a body: %s", q.target)
			}
			answer := "visitor " + strings.TrimPrefix(q.target, "/visitor/")
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(answer), answer)
		case strings.HasPrefix(q.target, "/case") || q.target == "*":
			if !r.behave(c, br, q) {
				return
			}
		default:
			r.complain("a request nobody sent: %s %s", q.method, q.target)
			return
		}
	}
}

// body reads the request's body and looks whether it holds anything that another client sent.
func (r *Replica) body(br *bufio.Reader, q *received) error {
	b, err := q.read(br)
	if strings.Contains(string(b), "/visitor/") {
		r.complain("a visitor's request became part of a body: %.80q", b)
	}
	return err
}
