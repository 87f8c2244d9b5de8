package h1

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http/httpguts"
)

// next stands behind each request: it must be left there.
const next = "GET /next HTTP/1.1\r\nHost: next.test\r\n\r\n"

const maxTestHead = 8 << 10

// readRequest reads one request, with its body, and what is left behind it.
func readRequest(in string) (req *http.Request, body, rest string, err error) {
	r, req := bufio.NewReader(strings.NewReader(in)), &http.Request{}
	if err := new(Head).Read(r, maxTestHead, req); err != nil {
		return nil, "", "", err
	}
	b, err := io.ReadAll(NewBody(r, req))
	if err != nil {
		return nil, "", "", err
	}
	left, _ := io.ReadAll(r)
	return req, string(b), string(left), nil
}

func TestWhereARequestEnds(t *testing.T) {
	t.Parallel()
	const host = "Host: a.test\r\n"
	for _, c := range []struct {
		name, in, method, uri, host, body string
		closes                            bool
	}{
		{"no body", "GET / HTTP/1.1\r\n" + host + "\r\n", "GET", "/", "a.test", "", false},
		{"length", "POST /p?q HTTP/1.1\r\n" + host + "Content-Length: 4\r\n\r\nbody", "POST", "/p?q", "a.test",
			"body", false},
		{"the same length twice", "POST / HTTP/1.1\r\n" + host + "Content-Length: 4\r\ncontent-length:4 \r\n\r\nbody",
			"POST", "/", "a.test", "body", false},
		{"chunks", "POST / HTTP/1.1\r\n" + host +
			"Transfer-Encoding:\tChunked\r\n\r\n2;x=y\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n", "POST", "/", "a.test", "body",
			false},
		{"both", "POST / HTTP/1.1\r\n" + host +
			"Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n4\r\nbody\r\n0\r\n\r\n", "POST", "/", "a.test",
			"body", true},
		{"close", "GET / HTTP/1.1\r\n" + host + "Connection: x, Close\r\n\r\n", "GET", "/", "a.test", "", true},
		{"old", "GET / HTTP/1.0\r\n\r\n", "GET", "/", "", "", true},
		{"absolute", "GET http://b.test/x HTTP/1.1\r\n" + host + "\r\n", "GET", "http://b.test/x", "b.test", "", false},
		{"escaped", "GET /%20a//b HTTP/1.1\r\n" + host + "\r\n", "GET", "/%20a//b", "a.test", "", false},
		{"asterisk", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", "OPTIONS", "*", "a.test", "", false},
		{"connect", "CONNECT b.test:443 HTTP/1.1\r\n" + host + "\r\n", "CONNECT", "b.test:443", "b.test:443", "",
			false},
	} {
		req, body, rest, err := readRequest(c.in + next)
		require.NoError(t, err, c.name)
		require.Equal(t, []any{c.method, c.uri, c.host, c.body, c.closes}, []any{req.Method, req.RequestURI, req.Host,
			body, req.Close}, c.name)
		require.Equal(t, next, rest, c.name)
	}
}

func TestRequestsThatCouldBeReadInTwoWaysAreRefused(t *testing.T) {
	t.Parallel()
	const get, post = "GET / HTTP/1.1\r\nHost: a.test\r\n", "POST / HTTP/1.1\r\nHost: a.test\r\n"
	for in, status := range map[string]int{
		"\r\n" + get + "\r\n":                                                           400,
		"GET /\r\n\r\n":                                                                 400,
		"GET  / HTTP/1.1\r\nHost: a\r\n\r\n":                                            400,
		"GET / HTTP/1.1 \r\nHost: a\r\n\r\n":                                            400,
		"GET / HTTP/1.2\r\nHost: a\r\n\r\n":                                             505,
		"PRI * HTTP/2.0\r\n\r\n":                                                        505,
		"G@T / HTTP/1.1\r\nHost: a\r\n\r\n":                                             400,
		"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n":                                           400,
		"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n":                                          400,
		"GET x HTTP/1.1\r\nHost: a\r\n\r\n":                                             400,
		"GET * HTTP/1.1\r\nHost: a\r\n\r\n":                                             400,
		"GET ftp://b/x HTTP/1.1\r\nHost: a\r\n\r\n":                                     400,
		"GET http://u@b/x HTTP/1.1\r\nHost: a\r\n\r\n":                                  400,
		"GET mailto:x HTTP/1.1\r\nHost: a\r\n\r\n":                                      400,
		"CONNECT b/x HTTP/1.1\r\nHost: a\r\n\r\n":                                       400,
		"GET / HTTP/1.1\r\n\r\n":                                                        400,
		get + "Host: b\r\n\r\n":                                                         400,
		"GET / HTTP/1.1\r\nHost: a b\r\n\r\n":                                           400,
		"GET / HTTP/1.1\nHost: a\n\n":                                                   400,
		get + "X: y\n\r\n":                                                              400,
		get + "X: a\rb\r\n\r\n":                                                         400,
		get + "X: \x00\r\n\r\n":                                                         400,
		get + "X : y\r\n\r\n":                                                           400,
		get + " X: y\r\n\r\n":                                                           400,
		get + "X: y\r\n z\r\n\r\n":                                                      400,
		get + ": y\r\n\r\n":                                                             400,
		get + "X\r\n\r\n":                                                               400,
		get + "X: " + strings.Repeat("y", maxTestHead) + "\r\n":                         431,
		post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\n":                         400,
		post + "Content-Length: 4, 4\r\n\r\n":                                           400,
		post + "Content-Length: +4\r\n\r\n":                                             400,
		post + "Content-Length: 0x4\r\n\r\n":                                            400,
		post + "Content-Length:\r\n\r\n":                                                400,
		post + "Transfer-Encoding: gzip, chunked\r\n\r\n":                               501,
		post + "Transfer-Encoding: identity\r\n\r\n":                                    501,
		post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n":       501,
		post + "Transfer-Encoding: \vchunked\r\n\r\n":                                   400,
		"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n":                         400,
		post + "Transfer-Encoding: chunked\r\nTrailer: Content-Length\r\n\r\n0\r\n\r\n": 400,
		post + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nContent-Length : 5\r\n": 400,
		post + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\r\n":                          400,
	} {
		_, _, _, err := readRequest(in)
		var said *Refused
		require.ErrorAs(t, err, &said, "%.80q", in)
		require.Equal(t, status, said.Status, "%.80q", in)
	}
	for _, in := range []string{
		get, "GET / HT", post + "Content-Length: 4\r\n\r\nbod", post +
			"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n",
		post + "Transfer-Encoding: chunked\r\n\r\n4\nbody\n0\n\n", post +
			"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX: y\r\n",
	} {
		_, _, _, err := readRequest(in)
		require.Error(t, err, "%.80q", in)
		require.NotErrorIs(t, err, io.EOF, "%.80q: an end in the middle is not the end", in)
	}
	_, _, _, err := readRequest("")
	require.ErrorIs(t, err, io.EOF)
}

// Not parallel: it counts allocations.
func TestTheMemoryOfAHeadIsUsedAgain(t *testing.T) {
	in := strings.Repeat("GET /path HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\nUser-Agent: x\r\n\r\n", 1001)
	r, req, h := bufio.NewReader(strings.NewReader(in)), &http.Request{}, &Head{}
	one := func() { require.NoError(t, h.Read(r, maxTestHead, req)) }
	one()
	require.LessOrEqual(t, testing.AllocsPerRun(500, one), 2.0, "the head as a string, and hardly anything else")
	require.Equal(t, http.Header{"Accept": {"*/*"}, "User-Agent": {"x"}}, req.Header)
}

// FuzzRequest: what is read here, net/http reads in the same way and to the same end.
func FuzzRequest(f *testing.F) {
	for _, in := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST /x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nX: 1\r\nx: 2\r\n\r\nbody",
		"PUT /%20 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n" +
			"4;a=b\r\nbody\r\n0\r\nX: y\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"GET http://b/?x HTTP/1.0\r\n\r\n",
		"CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\nPragma: no-cache\r\n\r\n",
	} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		req, body, rest, err := readRequest(in + next)
		if err != nil {
			return // stricter than net/http is the purpose
		}
		theirs := bufio.NewReader(strings.NewReader(in + next))
		want, err := http.ReadRequest(theirs)
		require.NoError(t, err)
		wantBody, err := io.ReadAll(want.Body)
		require.NoError(t, err)
		wantRest, _ := io.ReadAll(theirs)
		for name, vv := range want.Header { // as net/http's server does
			require.True(t, httpguts.ValidHeaderFieldName(name))
			for _, v := range vv {
				require.True(t, httpguts.ValidHeaderFieldValue(v))
			}
		}
		delete(want.Header, "Trailer") // which net/http leaves where there are no chunks
		if _, ok := req.Header["Cache-Control"]; !ok {
			delete(want.Header, "Cache-Control") // which net/http makes of Pragma
		}
		require.Equal(t, []any{want.Method, want.RequestURI, want.Host, want.Proto, want.ContentLength,
			string(wantBody), string(wantRest)},
			[]any{req.Method, req.RequestURI, req.Host, req.Proto, req.ContentLength, body, rest})
		require.Equal(t, *want.URL, *req.URL)
		require.Equal(t, want.Header, req.Header)
		require.Equal(t, want.Trailer, req.Trailer)
		require.False(t, want.Close && !req.Close)
		require.False(t, errors.Is(err, io.ErrUnexpectedEOF))
	})
}
