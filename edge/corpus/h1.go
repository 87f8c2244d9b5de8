package corpus

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// answerWithin bounds the wait for an answer; longer is as good as none.
const answerWithin = 10 * time.Second

// h1 sends a case over one connection of HTTP/1.1, and then a visitor's request over the same, if it is said to go on.
func h1(ctx context.Context, addr string, c Case, key string) (*Answer, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(answerWithin))
	br := bufio.NewReader(conn)
	a := &Answer{}
	if c.Raw != "" {
		io.WriteString(conn, c.Raw)
	} else {
		io.WriteString(conn, c.head())
		if !c.expects() || awaitContinue(br, c, a) {
			io.WriteString(conn, c.frame(c.Body))
			if c.Cut {
				_ = conn.(*net.TCPConn).CloseWrite()
			} else if c.Chunked && !c.Open && len(c.Late) == 0 {
				io.WriteString(conn, c.lastChunk())
			}
		}
	}
	goesOn := a.read(br, c.method())
	if len(c.Late) > 0 {
		io.WriteString(conn, c.frame(c.Late))
		if c.Chunked {
			io.WriteString(conn, c.lastChunk())
		}
	}
	if !goesOn || c.Cut || c.Open {
		return a, nil
	}
	fmt.Fprintf(conn, "GET /visitor/%s HTTP/1.1\r\nHost: %s\r\n\r\n", key, Host)
	a.Next = &Answer{}
	a.Next.read(br, "GET")
	return a, nil
}

func (c Case) head() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nBehave: %s\r\n", c.method(), c.target(), Host, c.Behave)
	for _, f := range c.Fields {
		fmt.Fprintf(&b, "%s: %s\r\n", f.Name, f.Value)
	}
	if c.Length != "" {
		fmt.Fprintf(&b, "Content-Length: %s\r\n", c.Length)
	}
	if c.Chunked {
		b.WriteString("Transfer-Encoding: chunked\r\n")
	}
	for _, f := range c.Trailers {
		fmt.Fprintf(&b, "Trailer: %s\r\n", f.Name)
	}
	return b.String() + "\r\n"
}

func (c Case) frame(pieces []string) string {
	if !c.Chunked {
		return strings.Join(pieces, "")
	}
	var b strings.Builder
	for _, p := range pieces {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(p), p)
	}
	return b.String()
}

func (c Case) lastChunk() string {
	s := "0\r\n"
	for _, f := range c.Trailers {
		s += f.Name + ": " + f.Value + "\r\n"
	}
	return s + "\r\n"
}

// awaitContinue reports whether the edge gave leave to send the body.
func awaitContinue(br *bufio.Reader, c Case, a *Answer) bool {
	for {
		b, err := br.Peek(12)
		if err != nil || b[9] != '1' {
			return false
		}
		resp, err := http.ReadResponse(br, &http.Request{Method: c.method()})
		if err != nil {
			return false
		}
		a.Interim = append(a.Interim, resp.StatusCode)
		if resp.StatusCode == http.StatusContinue {
			return true
		}
	}
}

// read reads one answer and reports whether the connection goes on behind it.
func (a *Answer) read(br *bufio.Reader, method string) bool {
	for {
		resp, err := http.ReadResponse(br, &http.Request{Method: method})
		if err != nil {
			return false
		}
		if resp.StatusCode < 200 {
			a.Interim = append(a.Interim, resp.StatusCode)
			continue
		}
		b, err := io.ReadAll(resp.Body)
		a.Status, a.Header, a.Body, a.Broken = resp.StatusCode, resp.Header, string(b), err != nil
		return err == nil && !resp.Close
	}
}
