package h1

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const ok = "HTTP/1.1 200 OK\r\n"

// behind stands behind each answer: it must be left there.
const behind = "HTTP/1.1 500 Next\r\n\r\n"

func TestWhereAnAnswerEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, method, in string
		status           int
		body             string
		closes           bool
	}{
		{"length", "GET", ok + "Content-Length: 4\r\n\r\nbody", 200, "body", false},
		{"the same length twice", "GET", ok + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody", 200, "body", false},
		{"chunks", "GET", ok + "Transfer-Encoding: Chunked\r\n\r\n2;x=y\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n", 200, "body", false},
		{"no reason", "GET", "HTTP/1.1 204\r\n\r\n", 204, "", false},
		{"LF alone", "GET", "HTTP/1.1 200 OK\nContent-Length: 4\n\nbody", 200, "body", false},
		{"folded", "GET", ok + "X: a\r\n\tb\r\nContent-Length: 4\r\n\r\nbody", 200, "body", false},
		{"head", "HEAD", ok + "Content-Length: 4\r\n\r\n", 200, "", false},
		{"head of chunks", "HEAD", ok + "Transfer-Encoding: chunked\r\n\r\n", 200, "", false},
		{"not modified", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", 304, "", false},
		{"no content, length 0", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, "", false},
		{"no content, a length", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n", 204, "", true},
		{"close", "GET", ok + "Connection: x, Close\r\nContent-Length: 0\r\n\r\n", 200, "", true},
		{"old", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody", 200, "body", true},
		{"old, kept", "GET", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 4\r\n\r\nbody", 200, "body", false},
	} {
		r := bufio.NewReader(strings.NewReader(c.in + behind))
		resp, err := ReadResponse(r, c.method)
		require.NoError(t, err, c.name)
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err, c.name)
		require.Equal(t, []any{c.status, c.body, c.closes}, []any{resp.StatusCode, string(b), resp.Close}, c.name)
		rest, _ := io.ReadAll(r)
		require.Equal(t, behind, string(rest), c.name)
	}
	resp, err := ReadResponse(bufio.NewReader(strings.NewReader(ok+"\r\nto the end")), "GET")
	require.NoError(t, err)
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "to the end", string(b))
	require.True(t, resp.Close)
}

func TestAnswersThatCouldBeReadInTwoWaysAreRefused(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"HTTP/1.1 200 OK\r", "SSH-2.0\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n",
		"HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 +20 OK\r\n\r\n",
		ok + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", ok + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
		ok + "Content-Length: 4, 4\r\n\r\nbody", ok + "Content-Length: +4\r\n\r\nbody", ok + "Content-Length: \r\n\r\nbody",
		ok + "Content-Length: 99999999999999999999\r\n\r\n", ok + "Content-Length : 4\r\n\r\nbody", ok + " X: y\r\n\r\n", ok + "X\r\n\r\n",
		ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", ok + "Transfer-Encoding: identity\r\n\r\n", ok + "X: a\rb\r\n\r\n", ok + "X: a\x00b\r\n\r\n",
		ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\nContent-Length: 4\r\n\r\nbody", ok + "X: y\r\n", ok + ": y\r\n\r\n",
		ok + "X: " + strings.Repeat("y", maxLine) + "\r\n\r\n",
	} {
		_, err := ReadResponse(bufio.NewReader(strings.NewReader(in)), "GET")
		require.Error(t, err, "%.80q", in)
	}
	for _, in := range []string{
		ok + "Content-Length: 4\r\n\r\nbod", ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n", ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n4\nbody\n0\n\n", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nno trailer\r\n\r\n",
		ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
	} {
		resp, err := ReadResponse(bufio.NewReader(strings.NewReader(in)), "GET")
		require.NoError(t, err, "%.80q", in)
		_, err = io.ReadAll(resp.Body)
		require.Error(t, err, "%.80q", in)
	}
}

func TestTrailersComeWithTheEnd(t *testing.T) {
	t.Parallel()
	resp, err := ReadResponse(bufio.NewReader(strings.NewReader(ok+"Trailer: grpc-status, Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n"+
		"0\r\nGrpc-Status: 0\r\nContent-Length: 9\r\n\r\n")), "GET")
	require.NoError(t, err)
	require.Equal(t, http.Header{"Grpc-Status": nil}, resp.Trailer)
	_, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.Header{"Grpc-Status": {"0"}}, resp.Trailer)
}

// FuzzResponse: what is read here, net/http reads in the same way and to the same end.
func FuzzResponse(f *testing.F) {
	for _, in := range []string{
		ok + "Content-Length: 4\r\n\r\nbody", ok + "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n4;a=b\r\nbody\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "HTTP/1.0 200\nConnection: keep-alive\nX: a\n b\nContent-Length: 1\n\nx", ok + "\r\nall",
		"HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n", ok + "Content-Length: 1\r\nContent-Length: 1\r\nSet-Cookie: a\r\nset-cookie: b\r\n\r\nx",
	} {
		f.Add(in, true)
		f.Add(in, false)
	}
	f.Fuzz(func(t *testing.T, in string, get bool) {
		method := http.MethodHead
		if get {
			method = http.MethodGet
		}
		ours := bufio.NewReader(strings.NewReader(in + behind))
		resp, err := ReadResponse(ours, method)
		if err != nil {
			return // stricter than net/http is the purpose
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return
		}
		theirs := bufio.NewReader(strings.NewReader(in + behind))
		want, err := http.ReadResponse(theirs, &http.Request{Method: method})
		require.NoError(t, err)
		wantBody, err := io.ReadAll(want.Body)
		require.NoError(t, err)
		require.Equal(t, want.StatusCode, resp.StatusCode)
		require.Equal(t, string(wantBody), string(body))
		delete(want.Header, "Trailer") // which net/http leaves where there are no chunks
		require.Equal(t, want.Header, resp.Header)
		if !resp.Close {
			require.False(t, want.Close)
			a, _ := io.ReadAll(ours)
			b, _ := io.ReadAll(theirs)
			require.Equal(t, string(b), string(a), "the answers end at different places")
		}
	})
}
