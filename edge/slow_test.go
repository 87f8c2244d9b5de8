package edge_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge"
)

func impatient(o *edge.Options) {
	o.ClientPatience, o.ClientMinRate = 300*time.Millisecond, 2000
	withTLS(o)
}

// endless is a replica that answers as much as is taken, also on upgraded connections.
func endless(w http.ResponseWriter, r *http.Request) {
	var to io.Writer = w
	if r.Header.Get("Upgrade") != "" {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		to = c
	}
	for b := make([]byte, 64<<10); ; {
		if _, err := to.Write(b); err != nil {
			return
		}
	}
}

func (r *running) inFlight(t testing.TB) (n int64) {
	stats, err := r.Stats(t.Context())
	require.NoError(t, err)
	for _, s := range stats {
		n += s.InFlight
	}
	return n
}

// Given clients that ask for much and read nothing of it, when their patience is over, then none of them holds anything
// of the service any more.
func TestReadersThatDoNotReadAreLetGo(t *testing.T) {
	t.Parallel()
	_, e := spawnEdge(t, tempDir(t), impatient)
	var asked atomic.Int64
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		endless(w, r)
	}))))
	for range 20 {
		io.WriteString(e.dial(t), "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
		io.WriteString(e.dial(t), "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		e.streamWithoutWindow(t, "a.test")
	}
	eventually(t, "they hold the service", func() bool { return asked.Load() == 60 })
	eventually(t, "they are let go", func() bool { return e.inFlight(t) == 0 })
}

// A small answer is not the handler's any more when nobody takes it.
func TestSmallAnswersThatNobodyTakesAreGivenUp(t *testing.T) {
	t.Parallel()
	_, e := spawnEdge(t, tempDir(t), impatient)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", nil))))
	select {
	case <-e.streamWithoutWindow(t, "a.test"):
	case <-time.After(15 * time.Second):
		t.Fatal("the stream is still open")
	}
}

// Given a client that sends its body one byte at a time, then the replica is not asked before a short body is whole,
// and a longer one that crawls is ended.
func TestBodiesThatCrawlAreEnded(t *testing.T) {
	t.Parallel()
	_, e := spawnEdge(t, tempDir(t), impatient)
	var asked atomic.Int64
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		io.Copy(io.Discard, r.Body)
	}))))
	crawl := func(length int, first string) *http.Response {
		c := e.dial(t)
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: %d\r\n\r\n%s", length, first)
		over := make(chan *http.Response, 1)
		go func() {
			resp, _ := http.ReadResponse(bufio.NewReader(c), nil)
			over <- resp
		}()
		for tick := time.NewTicker(50 * time.Millisecond); ; {
			select {
			case resp := <-over:
				return resp
			case <-tick.C:
				io.WriteString(c, "x")
			}
		}
	}
	for _, length := range []int{1000, 1_000_000} {
		resp := crawl(length, "begin")
		require.NotNil(t, resp)
		require.Equal(t, http.StatusRequestTimeout, resp.StatusCode)
		require.True(t, resp.Close)
	}
	require.EqualValues(t, 1, asked.Load(), "only the long body's request")
	eventually(t, "nothing is held", func() bool { return e.inFlight(t) == 0 })
}

// A line that is slow, but as fast as it must be, is served, and a stream that rests is left in peace.
func TestSlowLinesAndRestingStreamsAreServed(t *testing.T) {
	t.Parallel()
	_, e := spawnEdge(t, tempDir(t), impatient)
	rest := make(chan bool)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_ = http.NewResponseController(w).Flush()
			<-rest
			io.WriteString(w, "event")
			return
		}
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n)
	}))))
	streams := []*http.Client{client, {Transport: &http.Transport{TLSClientConfig: e.trust(t, "a.test"), ForceAttemptHTTP2: true}}}
	var answers []*http.Response
	for i, url := range []string{"http://" + e.addr(), "https://" + e.secureAddr()} {
		req, _ := http.NewRequest(http.MethodGet, url, nil)
		req.Host = "a.test"
		resp, err := streams[i].Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		require.Equal(t, i+1, resp.ProtoMajor)
		answers = append(answers, resp)
	}
	c := e.dial(t)
	io.WriteString(c, "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\n")
	for tick, sent := time.NewTicker(100*time.Millisecond), 0; sent < 100_000; sent += 10_000 {
		<-tick.C
		io.WriteString(c, strings.Repeat("x", 10_000))
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	b, _ := io.ReadAll(resp.Body)
	require.Equal(t, "100000", string(b))
	close(rest) // after a second of rest: three times the patience
	for _, resp := range answers {
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, "event", string(b))
	}
}

// from opens a connection as a balancer would that speaks for the client.
func (r *running) from(t testing.TB, client string) net.Conn {
	c := r.dial(t)
	fmt.Fprintf(c, "PROXY TCP4 %s 192.0.2.250 1234 80\r\n", client)
	return c
}

func TestOneClientHoldsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	h := newSlow()
	e := start(t, func(o *edge.Options) {
		o.TrustedProxies, o.ConnectionsPerClient, o.RequestsPerClient = []string{"127.0.0.0/8"}, 3, 2
	})
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", h.ServeHTTP))))
	ask := func(c net.Conn) { io.WriteString(c, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n") }
	status := func(c net.Conn) int {
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return 0
		}
		return resp.StatusCode
	}
	held := []net.Conn{e.from(t, "192.0.2.1"), e.from(t, "192.0.2.1")}
	for _, c := range held {
		ask(c)
		<-h.reached
	}
	third := e.from(t, "192.0.2.1")
	ask(third)
	require.Equal(t, http.StatusTooManyRequests, status(third))
	fourth := e.from(t, "192.0.2.1")
	ask(fourth)
	require.Zero(t, status(fourth), "one connection too many is closed")
	other := e.from(t, "192.0.2.2")
	ask(other)
	<-h.reached
	close(h.let)
	for _, c := range append(held, other) {
		require.Equal(t, 200, status(c))
	}
	held[0].Close()
	eventually(t, "there is room again", func() bool {
		c := e.from(t, "192.0.2.1")
		defer c.Close()
		ask(c)
		return status(c) == 200
	})
}

func TestBehindABalancerThatEndsTLS(t *testing.T) {
	t.Parallel()
	_, e := spawnEdge(t, tempDir(t), func(o *edge.Options) {
		withTLS(o)
		o.TLS.Redirect, o.TrustedProxies = true, []string{"127.0.0.1"}
	})
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", seen))))
	resp, _ := e.do(t, "GET", "a.test", "/", nil)
	require.Equal(t, http.StatusPermanentRedirect, resp.StatusCode)
	resp, body := e.do(t, "GET", "a.test", "/", nil, "X-Forwarded-Proto", "https", "X-Forwarded-For", "6.6.6.6, 192.0.2.1")
	require.Equal(t, 200, resp.StatusCode, "it is on HTTPS already")
	require.Contains(t, body, "X-Forwarded-Proto: https")
	require.Contains(t, body, "X-Forwarded-For: 192.0.2.1, 127.0.0.1\r\n")
	require.Contains(t, body, "X-Real-Ip: 192.0.2.1\r\n")
	require.NotContains(t, body, "6.6.6.6")
}
