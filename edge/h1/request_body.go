package h1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// maxTrailers bounds the trailers behind a request's body.
const maxTrailers = 4 << 10

var chunkedEncoding = []string{"chunked"}

// frameRequest finds out where the body ends (RFC 9112 §6.3). Where both a length and chunks are declared, the chunks
// count and the connection ends with the request.
func frameRequest(req *http.Request) error {
	h := req.Header
	req.Close = closes(h["Connection"], req.ProtoMinor)
	req.TransferEncoding, req.Trailer = nil, nil
	encodings := h["Transfer-Encoding"]
	length, err := declared(h["Content-Length"])
	switch {
	case err != nil:
		return bad("the Content-Length is no number, or two that differ")
	case len(encodings) > 0 && req.ProtoMinor == 0:
		return bad("HTTP/1.0 knows no Transfer-Encoding")
	case len(encodings) > 1 || len(encodings) == 1 && !strings.EqualFold(encodings[0], "chunked"):
		return &Refused{Status: http.StatusNotImplemented, Why: "only chunked is understood as a Transfer-Encoding"}
	case len(encodings) == 1:
		req.Close = req.Close || length >= 0
		req.ContentLength, req.TransferEncoding = -1, chunkedEncoding
		delete(h, "Transfer-Encoding")
		delete(h, "Content-Length")
		return announcedBy(req)
	}
	delete(h, "Trailer")
	req.ContentLength = max(length, 0)
	if length >= 0 {
		h["Content-Length"] = h["Content-Length"][:1]
	}
	return nil
}

// announcedBy makes place for the trailers that a request announces.
func announcedBy(req *http.Request) error {
	for _, v := range req.Header["Trailer"] {
		for name := range strings.SplitSeq(v, ",") {
			name = http.CanonicalHeaderKey(strings.TrimSpace(name))
			if name == "" {
				continue
			}
			if !httpguts.ValidHeaderFieldName(name) || framing(name) {
				return bad("the Trailer header names what cannot be a trailer")
			}
			if req.Trailer == nil {
				req.Trailer = http.Header{}
			}
			req.Trailer[name] = nil
		}
	}
	delete(req.Header, "Trailer")
	return nil
}

func framing(name string) bool {
	return name == "Transfer-Encoding" || name == "Trailer" || name == "Content-Length"
}

// NewBody returns what reads exactly the body that req declares from r, and its trailers into req.
func NewBody(r *bufio.Reader, req *http.Request) io.Reader {
	switch {
	case req.ContentLength > 0:
		return &fixed{r: r, left: req.ContentLength}
	case req.ContentLength < 0:
		return &sentChunks{r: r, in: httputil.NewChunkedReader(r), req: req}
	}
	return http.NoBody
}

// sentChunks is a request's body in chunks, with its trailers.
type sentChunks struct {
	r   *bufio.Reader
	in  io.Reader
	req *http.Request
	err error
}

func (b *sentChunks) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.in.Read(p)
	if err == io.EOF {
		if terr := b.trailers(); terr != nil {
			err = fmt.Errorf("reading the trailers: %w", terr)
		}
	}
	b.err = err
	return n, err
}

func (b *sentChunks) trailers() error {
	left := maxTrailers
	for {
		line, err := b.r.ReadSlice('\n')
		if left -= len(line); left < 0 || errors.Is(err, bufio.ErrBufferFull) {
			return bad("the trailers are too large")
		}
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		s, whole := strings.CutSuffix(string(line), "\r\n")
		if !whole {
			return bad("a line does not end with CR LF")
		}
		if s == "" {
			return nil
		}
		name, value, err := field(s)
		if err != nil {
			return err
		}
		if b.req.Trailer == nil {
			b.req.Trailer = http.Header{}
		}
		b.req.Trailer[name] = append(b.req.Trailer[name], value)
	}
}
