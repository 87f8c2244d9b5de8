package h1

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// frame finds out where the answer ends (RFC 9112 §6.3).
func frame(r *bufio.Reader, method string, resp *http.Response) error {
	h := resp.Header
	chunked, err := isChunked(h["Transfer-Encoding"], resp.ProtoMinor)
	if err != nil {
		return err
	}
	length, err := declared(h["Content-Length"])
	if err != nil {
		return err
	}
	if chunked && length >= 0 {
		return malformed("it has both a Transfer-Encoding and a Content-Length")
	}
	resp.Close = closes(h["Connection"], resp.ProtoMinor)
	announced(resp)
	delete(h, "Transfer-Encoding")
	if chunked {
		resp.TransferEncoding = []string{"chunked"}
	} else if length >= 0 {
		h["Content-Length"] = h["Content-Length"][:1]
	}
	resp.Body, resp.ContentLength = http.NoBody, 0
	switch {
	case noBody(method, resp.StatusCode):
		resp.ContentLength = max(length, 0)
		if none := method != http.MethodHead && resp.StatusCode != http.StatusNotModified; none && (chunked || length > 0) {
			if resp.StatusCode < 200 {
				return malformed("an interim answer declares a body")
			}
			resp.Close = true // a body is forbidden here, and may come all the same
		}
	case chunked:
		resp.ContentLength = -1
		resp.Body = &chunks{r: r, resp: resp, in: httputil.NewChunkedReader(r)}
	case length > 0:
		resp.ContentLength = length
		resp.Body = &fixed{r: r, left: length}
	case length < 0:
		resp.ContentLength, resp.Close = -1, true
		resp.Body = io.NopCloser(r)
	}
	return nil
}

func isChunked(encodings []string, minor int) (bool, error) {
	if len(encodings) == 0 {
		return false, nil
	}
	if minor == 0 || len(encodings) > 1 || !strings.EqualFold(encodings[0], "chunked") {
		return false, malformed("Transfer-Encoding %.40q in HTTP/1.%d", encodings, minor)
	}
	return true, nil
}

// declared is the length that all the values say; -1 if there are none.
func declared(lengths []string) (int64, error) {
	if len(lengths) == 0 {
		return -1, nil
	}
	for _, v := range lengths {
		if v == "" || v != lengths[0] || strings.Trim(v, "0123456789") != "" {
			return 0, malformed("Content-Length %.40q", lengths)
		}
	}
	n, err := strconv.ParseInt(lengths[0], 10, 64)
	if err != nil {
		return 0, malformed("Content-Length %.40q", lengths)
	}
	return n, nil
}

// closes reports whether the connection ends with the answer.
func closes(connection []string, minor int) bool {
	if minor == 0 {
		return httpguts.HeaderValuesContainsToken(connection, "close") || !httpguts.HeaderValuesContainsToken(connection, "keep-alive")
	}
	return httpguts.HeaderValuesContainsToken(connection, "close")
}

// announced makes place for the trailers that the head announces.
func announced(resp *http.Response) {
	for _, v := range resp.Header["Trailer"] {
		for name := range strings.SplitSeq(v, ",") {
			name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
			if httpguts.ValidHeaderFieldName(name) && httpguts.ValidTrailerHeader(name) {
				if resp.Trailer == nil {
					resp.Trailer = http.Header{}
				}
				resp.Trailer[name] = nil
			}
		}
	}
	delete(resp.Header, "Trailer")
}

// fixed is a body of declared length.
type fixed struct {
	r    *bufio.Reader
	left int64
}

func (b *fixed) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	switch {
	case b.left == 0:
		err = io.EOF
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (b *fixed) Close() error { return nil }

// chunks is a body in chunks, with its trailers.
type chunks struct {
	r    *bufio.Reader
	in   io.Reader
	resp *http.Response
	err  error
}

func (b *chunks) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.in.Read(p)
	if err == io.EOF { // of the chunks; the trailers follow
		trailer := http.Header{}
		if terr := readFields(b.r, trailer); terr != nil {
			err = terr
		}
		for name, vv := range trailer {
			if b.resp.Trailer != nil && httpguts.ValidTrailerHeader(name) {
				b.resp.Trailer[name] = vv
			}
		}
	}
	b.err = err
	return n, err
}

func (b *chunks) Close() error { return nil }
