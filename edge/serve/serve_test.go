package serve

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// listen serves h on a port of its own.
func listen(t *testing.T, h http.HandlerFunc, change func(*Server)) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &Server{Handler: h, HeadWithin: time.Minute, Idle: time.Minute, WriteWithin: time.Minute, MaxHead: 8 << 10,
		Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(s)
	}
	over := make(chan error, 1)
	go func() { over <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		require.ErrorIs(t, <-over, http.ErrServerClosed)
	})
	return s, l.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	return c
}

var dateLine = regexp.MustCompile(`Date: [^\r]*\r\n`)

// talk sends everything at once and returns what comes until the end.
func talk(t *testing.T, addr, in string) string {
	t.Helper()
	c := dial(t, addr)
	io.WriteString(c, in)
	_ = c.(*net.TCPConn).CloseWrite()
	b, err := io.ReadAll(c)
	require.NoError(t, err)
	return dateLine.ReplaceAllString(string(b), "")
}

func answers(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	switch r.URL.Path {
	case "/echo":
		b, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %v %v", b, err, r.Trailer)
	case "/length":
		h.Set("Content-Length", "4")
		io.WriteString(w, "body")
	case "/short":
		h.Set("Content-Length", "9")
		io.WriteString(w, "body")
	case "/long":
		h.Set("Content-Length", "2")
		_, err := io.WriteString(w, "body")
		io.WriteString(w, fmt.Sprint(err)[:2])
	case "/none":
		w.WriteHeader(http.StatusNoContent)
	case "/unchanged":
		h.Set("Etag", "x")
		h.Set("Content-Length", "4")
		w.WriteHeader(http.StatusNotModified)
	case "/stream":
		io.WriteString(w, "bo")
		w.(http.Flusher).Flush()
		io.WriteString(w, "dy")
	case "/trailers":
		h.Set("Trailer", "Check")
		io.WriteString(w, "body")
		h.Set("Check", "1")
	case "/hints":
		h.Set("Link", "x")
		w.WriteHeader(http.StatusEarlyHints)
		h.Del("Link")
		io.WriteString(w, "body")
	case "/close":
		h.Set("Connection", "close")
	case "/split":
		h.Set("X", "a\r\nY: b")
	case "/abort":
		io.WriteString(w, "half")
		panic(http.ErrAbortHandler)
	case "/panic":
		panic("a fault")
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	_, addr := listen(t, answers, nil)
	const get, host, ok, end = "GET ", " HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n", "Connection: close\r\n"
	const post = "POST /echo HTTP/1.1\r\nHost: a\r\n"
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"empty", get + "/" + host, ok + "Content-Length: 0\r\n\r\n"},
		{"several at once", get + "/length" + host + get + "/none" + host + get + "/length" + host,
			ok + "Content-Length: 4\r\n\r\nbody" + "HTTP/1.1 204 No Content\r\n\r\n" + ok +
				"Content-Length: 4\r\n\r\nbody"},
		{"head", "HEAD /length" + host + get + "/" + host, ok + "Content-Length: 4\r\n\r\n" + ok +
			"Content-Length: 0\r\n\r\n"},
		{"unchanged", get + "/unchanged" + host, "HTTP/1.1 304 Not Modified\r\nEtag: x\r\n\r\n"},
		{"stream", get + "/stream" + host, ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"},
		{"stream, old", get + "/stream HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n" + end + "\r\nbody"},
		{"trailers", get + "/trailers" + host, ok +
			"Transfer-Encoding: chunked\r\nTrailer: Check\r\n\r\n4\r\nbody\r\n0\r\nCheck: 1\r\n\r\n"},
		{"hints", get + "/hints" + host, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok +
			"Content-Length: 4\r\n\r\nbody"},
		{"a line in a value", get + "/split" + host, ok + "X: a  Y: b\r\nContent-Length: 0\r\n\r\n"},
		{"the handler closes", get + "/close" + host + get + "/" + host, ok + end + "Content-Length: 0\r\n\r\n"},
		{"the client closes", get + "/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get + "/" + host, ok +
			end + "Content-Length: 0\r\n\r\n"},
		{"old", get + "/length HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "HTTP/1.0 200 OK\r\n" + end +
			"Content-Length: 4\r\n\r\nbody"},
		{"shorter than said", get + "/short" + host, ""},
		{"longer than said", get + "/long" + host + get + "/" + host, ok + "Content-Length: 2\r\n\r\nht" + ok +
			"Content-Length: 0\r\n\r\n"},
		{"aborted", get + "/abort" + host + get + "/" + host, ""},
		{"panic", get + "/panic" + host, ""},
		{"body", post + "Content-Length: 4\r\n\r\nbody" + get + "/" + host, ok +
			"Content-Length: 16\r\n\r\nbody <nil> map[]" + ok + "Content-Length: 0\r\n\r\n"},
		{"chunks", post + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX: y\r\n\r\n" + get + "/" + host,
			ok + "Content-Length: 21\r\n\r\nbody <nil> map[X:[y]]" + ok + "Content-Length: 0\r\n\r\n"},
		{"a body that nobody reads", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody" + get + "/" + host,
			ok + end + "Content-Length: 0\r\n\r\n"},
		{"leave", post + "Content-Length: 4\r\nExpect: 100-continue\r\n\r\nbody", "HTTP/1.1 100 Continue\r\n\r\n" +
			ok + "Content-Length: 16\r\n\r\nbody <nil> map[]"},
		{"no leave", "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
			"HTTP/1.1 204 No Content\r\n" + end + "\r\n"},
		{"other expectations", post + "Expect: 200-ok\r\n\r\n",
			"HTTP/1.1 417 Expectation Failed\r\nContent-Type: text/plain; charset=utf-8\r\n" + end +
				"Content-Length: 55\r\n\r\n417 Expectation Failed: this expectation is not known"},
		{"no request", "nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n" +
			end +
			"Content-Length: 48\r\n\r\n400 Bad Request: the first line is malformed"},
		{"half a head", get + "/ HTTP/1.1\r\nHost: a\r\n", ""},
	} {
		want := regexp.MustCompile(`Content-Length: \d+\r\n\r\n(4\d\d)`).ReplaceAllString(c.want,
			"Content-Length: N\r\n\r\n$1")
		got := regexp.MustCompile(`Content-Length: \d+\r\n\r\n(4\d\d)`).ReplaceAllString(talk(t, addr, c.in),
			"Content-Length: N\r\n\r\n$1")
		require.Equal(t, want, got, c.name)
	}
}

func TestAnAnswerReachesAClientThatIsStillSending(t *testing.T) {
	t.Parallel()
	_, addr := listen(t, answers, nil)
	for _, in := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 200<<10),
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + strings.Repeat("x", 300_000),
	} {
		c := dial(t, addr)
		go io.WriteString(c, in)
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err)
		require.True(t, resp.Close)
	}
}

func TestAHandlerMayTakeTheConnection(t *testing.T) {
	t.Parallel()
	_, addr := listen(t, func(w http.ResponseWriter, _ *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		line, _ := rw.ReadString('\n')
		fmt.Fprintf(c, "taken %s", line)
		line, _ = rw.ReadString('\n')
		fmt.Fprintf(c, "later %s", line)
		_, err = w.Write([]byte("x"))
		fmt.Fprint(c, err)
	}, nil)
	c := dial(t, addr)
	br := bufio.NewReader(c)
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\nwith the head\n")
	line, err := br.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "taken with the head\n", line)
	io.WriteString(c, "by itself\n")
	rest, err := io.ReadAll(br)
	require.NoError(t, err)
	require.Equal(t, "later by itself\n"+http.ErrHijacked.Error(), string(rest))
}
