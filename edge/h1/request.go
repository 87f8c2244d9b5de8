package h1

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Refused says why a request's head is not read. The connection that it came on cannot go on: nobody knows where the
// next request begins.
type Refused struct {
	Status int
	Why    string
}

// Error is the reason, for the client.
func (e *Refused) Error() string { return e.Why }

func bad(why string) error { return &Refused{Status: http.StatusBadRequest, Why: why} }

// Head reads heads of requests, one after the other, with the same memory: what Read has filled in of a request is
// valid until the next Read.
type Head struct {
	buf    []byte
	values []string
}

// Read reads the head of one request of at most limit bytes from r into req: first line, header, host, framing. The
// error is a *Refused or what reading r failed with; io.EOF means that nothing came. Body is left to NewBody.
//
// It is as strict as the strictest server (RFC 9112): lines end with CRLF, nothing is folded, and what net/http refuses
// is refused.
func (h *Head) Read(r *bufio.Reader, limit int, req *http.Request) error {
	s, err := h.collect(r, limit)
	if err != nil {
		return err
	}
	line, rest, _ := strings.Cut(s, "\r\n")
	if err := requestLine(line, req); err != nil {
		return err
	}
	if req.Header == nil {
		req.Header = make(http.Header, 16)
	}
	clear(req.Header)
	if err := h.fields(rest, req.Header); err != nil {
		return err
	}
	if err := hostOf(req); err != nil {
		return err
	}
	return frameRequest(req)
}

// collect reads to the empty line behind the head.
func (h *Head) collect(r *bufio.Reader, limit int) (string, error) {
	h.buf = h.buf[:0]
	for start := 0; ; {
		piece, err := r.ReadSlice('\n')
		h.buf = append(h.buf, piece...)
		if len(h.buf) > limit {
			return "", &Refused{Status: http.StatusRequestHeaderFieldsTooLarge, Why: "the request's head is too large"}
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err == io.EOF && len(h.buf) > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", err
		}
		n := len(h.buf)
		if n-start < 2 || h.buf[n-2] != '\r' {
			return "", bad("a line does not end with CR LF")
		}
		if n-start == 2 {
			return string(h.buf), nil
		}
		start = n
	}
}

// fields reads the lines of a head, of which each is whole.
func (h *Head) fields(s string, into http.Header) error {
	h.values = h.values[:0]
	for len(s) > 2 {
		line, rest, _ := strings.Cut(s, "\r\n")
		s = rest
		name, value, err := field(line)
		if err != nil {
			return err
		}
		if vv := into[name]; vv != nil {
			into[name] = append(vv, value)
			continue
		}
		h.values = append(h.values, value)
		n := len(h.values)
		into[name] = h.values[n-1 : n : n]
	}
	return nil
}

// field reads one line. A line that goes on with the one before it begins with a space, which is in no name.
func field(line string) (name, value string, err error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
		return "", "", bad("a header line is malformed")
	}
	return textproto.CanonicalMIMEHeaderKey(name), strings.Trim(value, " \t"), nil
}

// hostOf finds out which host is asked. A URL in the first line comes before the header (RFC 9112 §3.2.2).
func hostOf(req *http.Request) error {
	hosts := req.Header["Host"]
	switch {
	case len(hosts) > 1:
		return bad("there are two Host headers")
	case len(hosts) == 0 && req.ProtoMinor == 1:
		return bad("there is no Host header")
	case len(hosts) == 1 && !httpguts.ValidHostHeader(hosts[0]):
		return bad("the Host header is malformed")
	}
	req.Host = req.URL.Host
	if req.Host == "" && len(hosts) == 1 {
		req.Host = hosts[0]
	}
	delete(req.Header, "Host")
	return nil
}
