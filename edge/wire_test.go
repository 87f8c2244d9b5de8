package edge_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// seen is a replica that answers with the head it received, one "Name: value" a line.
func seen(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "Host: %s\n", r.Host)
	_ = r.Header.Write(w)
}

func TestHeaderHygieneOfRequests(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", seen))))
	// A client that lies about its origin and tries to have the edge's own words removed (CVE-2022-31813).
	resp, body := e.do(t, "GET", "a.test", "/", nil,
		"X-Forwarded-For", "6.6.6.6", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "evil.test",
		"X-Real-Ip", "6.6.6.6", "Forwarded", "for=6.6.6.6", "X-Request-Start", "t=1", "X-Request-ID", "keep-me",
		"Connection", "X-Forwarded-For, X-Secret, X-Request-Id, close", "X-Secret", "mine", "Keep-Alive", "timeout=9", "Proxy-Authorization", "Basic x",
		"X_Forwarded_For", "6.6.6.6", "X-Forwarded_Proto", "https", "Te", "trailers, deflate", "X-Custom_Name", "kept", "X-Multi", "1", "X-Multi", "2", "Proxy-Connection", "keep-alive")
	require.Equal(t, "keep-me", resp.Header.Get("X-Request-Id"))
	got, err := textproto.NewReader(bufio.NewReader(strings.NewReader(body + "\r\n"))).ReadMIMEHeader()
	require.NoError(t, err)
	require.Regexp(t, `^t=\d{13}$`, got.Get("X-Request-Start"))
	got.Del("X-Request-Start")
	require.Equal(t, textproto.MIMEHeader{
		"Host":              {"a.test"},
		"X-Forwarded-For":   {"127.0.0.1"},
		"X-Forwarded-Proto": {"http"},
		"X-Forwarded-Host":  {"a.test"},
		"X-Real-Ip":         {"127.0.0.1"},
		"X-Request-Id":      {"keep-me"},
		"Te":                {"trailers"},
		"X-Custom_name":     {"kept"},
		"X-Multi":           {"1", "2"},
		"User-Agent":        {"Go-http-client/1.1"},
	}, got)

	resp, body = e.do(t, "GET", "a.test", "/", nil, "X-Request-ID", "<script>")
	require.NotContains(t, body, "script")
	require.Regexp(t, `^[0-9a-f]{32}$`, resp.Header.Get("X-Request-Id"))
}

func TestHeaderHygieneOfAnswers(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Connection", "X-Internal")
		h.Set("X-Internal", "no")
		h.Set("Keep-Alive", "timeout=5")
		h.Set("Proxy-Authenticate", "Basic")
		h["Set-Cookie"] = []string{"a=1", "b=2"}
		h["Content-Type"] = nil
		h.Set("X-Request-Id", "the app's own")
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "<html>")
	}))))
	resp, body := e.do(t, "GET", "a.test", "/", nil)
	require.Equal(t, 418, resp.StatusCode)
	require.Equal(t, "<html>", body)
	require.Equal(t, []string{"a=1", "b=2"}, resp.Header["Set-Cookie"])
	require.Equal(t, "the app's own", resp.Header.Get("X-Request-Id"))
	for _, gone := range []string{"X-Internal", "Keep-Alive", "Proxy-Authenticate", "Content-Type"} {
		require.NotContains(t, resp.Header, gone)
	}
}

func TestRequestsThatCouldBeReadInTwoWaysAreRefused(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q te=%v cl=%d", r.Method, r.URL.Path, b, r.TransferEncoding, r.ContentLength)
	}))))
	for name, c := range map[string]struct{ raw, want string }{
		"two lengths":        {"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400"},
		"two hosts":          {"GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n", "400"},
		"no host":            {"GET / HTTP/1.1\r\n\r\n", "400"},
		"space in name":      {"GET / HTTP/1.1\r\nHost: a.test\r\nX : y\r\n\r\n", "400"},
		"strange encoding":   {"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "501"},
		"length and chunked": {"POST /x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 30\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", `POST /x "hi" te=[chunked] cl=-1`},
		"absolute form":      {"GET http://a.test/y?z HTTP/1.1\r\nHost: other.test\r\n\r\n", `GET /y "" te=[] cl=0`},
		"asterisk form":      {"OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n", "200"},
		"connect":            {"CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n", "405"},
		"head too large":     {"GET / HTTP/1.1\r\nHost: a.test\r\nX: " + strings.Repeat("a", 200<<10) + "\r\n\r\n", "431"},
	} {
		conn := e.dial(t)
		go io.WriteString(conn, c.raw)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, name)
		b, _ := io.ReadAll(resp.Body)
		require.Contains(t, resp.Status+" "+string(b), c.want, name)
		conn.Close()
	}
}

// raw is a replica that answers each request with exactly these bytes and closes.
func raw(t testing.TB, answer string) *httptest.Server {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					io.WriteString(c, answer)
				}
			}()
		}
	}()
	return &httptest.Server{URL: "http://" + l.Addr().String()}
}

func TestBrokenAnswersAreNotPassedOffAsWhole(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	for i, c := range []struct {
		name, answer string
		status       int // 0: the connection breaks
	}{
		{"no HTTP", "SSH-2.0-x\r\n", 502},
		{"endless head", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 2<<20), 502},
		{"nothing", "", 502},
		{"half a head", "HTTP/1.1 200 OK\r\nX: y\r\n", 502},
		{"endless interim answers", strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 20), 502},
		{"unasked upgrade", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", 502},
		{"short body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 0},
		{"short chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", 0},
		{"until close", "HTTP/1.1 200 OK\r\n\r\nabc", 200},
		{"old protocol", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200},
	} {
		host := fmt.Sprintf("h%d.test", i)
		e.put(t, service(fmt.Sprintf("svc_%d", i), host, pool("rel_1", raw(t, c.answer))))
		req, _ := http.NewRequest(http.MethodGet, "http://"+e.addr()+"/", nil)
		req.Host, req.Close = host, true // else the client itself might repeat it
		resp, err := client.Do(req)
		var b []byte
		if err == nil {
			b, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if c.status == 0 {
			require.Error(t, err, c.name)
			continue
		}
		require.NoError(t, err, c.name)
		require.Equal(t, c.status, resp.StatusCode, c.name)
		if c.status == 200 {
			require.Equal(t, "abc", string(b))
		}
	}
	stats, err := e.Stats(t.Context())
	require.NoError(t, err)
	for _, s := range stats {
		want := uint64(1)
		if s.Service == "svc_8" || s.Service == "svc_9" {
			want = 0
		}
		require.Equal(t, want, s.Errors, s.Service)
	}
}

func TestEventsArriveOneByOne(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	next := make(chan string)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		for s := range next {
			io.WriteString(w, "data: "+s+"\n\n")
			w.(http.Flusher).Flush()
		}
	}))))
	c := e.dial(t)
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err, "the head comes before the first event")
	lines := bufio.NewReader(resp.Body)
	for _, s := range []string{"one", "two", "three"} {
		next <- s
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "data: "+s+"\n", line)
		_, _ = lines.ReadString('\n')
	}
	close(next)
	_, err = lines.ReadByte()
	require.ErrorIs(t, err, io.EOF)
}

func TestBothDirectionsStreamAtOnce(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		ctl := http.NewResponseController(w)
		_ = ctl.EnableFullDuplex()
		_ = ctl.Flush()
		b := make([]byte, 100)
		for {
			n, err := r.Body.Read(b)
			w.Write([]byte(strings.ToUpper(string(b[:n]))))
			_ = ctl.Flush()
			if err != nil {
				return
			}
		}
	}))))
	up, body := io.Pipe()
	req, _ := http.NewRequest(http.MethodPost, "http://"+e.addr()+"/", up)
	req.Host = "a.test"
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	for _, s := range []string{"hello", "again"} {
		io.WriteString(body, s)
		b := make([]byte, 5)
		_, err := io.ReadFull(resp.Body, b)
		require.NoError(t, err)
		require.Equal(t, strings.ToUpper(s), string(b))
	}
	body.Close()
	_, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
}

func TestLargeBodiesArriveWhole(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	blob := make([]byte, 16<<20)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range blob {
		blob[i] = byte(rng.Uint32())
	}
	sum := sha256.Sum256(blob)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			if r.URL.Path == "/length" {
				w.Header().Set("Content-Length", strconv.Itoa(len(blob)))
			}
			w.Write(blob)
			return
		}
		h := sha256.New()
		io.Copy(h, r.Body)
		fmt.Fprintf(w, "%x %s", h.Sum(nil), r.Trailer.Get("Check"))
	}))))
	for _, path := range []string{"/length", "/chunked"} {
		_, body := e.do(t, "GET", "a.test", path, nil)
		require.Equal(t, sum, sha256.Sum256([]byte(body)), path)
	}
	_, body := e.do(t, "POST", "a.test", "/", strings.NewReader(string(blob)))
	require.Equal(t, hex.EncodeToString(sum[:])+" ", body)

	// Of unknown length, with a trailer.
	req, _ := http.NewRequest(http.MethodPut, "http://"+e.addr()+"/", io.MultiReader(strings.NewReader(string(blob))))
	req.Host, req.Trailer = "a.test", http.Header{"Check": {"sum"}}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	require.Equal(t, hex.EncodeToString(sum[:])+" sum", string(b))
}

func TestTrailersOfAnswers(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Grpc-Status")
		io.WriteString(w, "body")
		w.Header().Set("Grpc-Status", "0")
	}))))
	resp, body := e.do(t, "GET", "a.test", "/", nil)
	require.Equal(t, "body", body)
	require.Equal(t, "0", resp.Trailer.Get("Grpc-Status"))
}

func TestEarlyAnswerEndsAnUpload(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	}))))
	c := e.dial(t)
	io.WriteString(c, "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000000\r\n\r\nbegun, and then nothing more comes")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	require.Equal(t, 413, resp.StatusCode)
	_, err = io.ReadAll(c)
	require.NoError(t, err, "the connection is closed: what follows on it is the body nobody wants")
	eventually(t, "nothing is left under way", func() bool {
		stats, err := e.Stats(t.Context())
		return err == nil && stats[0].InFlight == 0
	})
}

func TestExpectContinueIsTheReplicasToAnswer(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/no" {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		io.Copy(w, r.Body)
	}))))
	ask := func(path string) (status int, body string, continued bool) {
		trace := &httptrace.ClientTrace{Got100Continue: func() { continued = true }}
		req, _ := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodPost, "http://"+e.addr()+path, strings.NewReader("the body"))
		req.Host = "a.test"
		req.Header.Set("Expect", "100-continue")
		c := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
		resp, err := c.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b), continued
	}
	status, body, continued := ask("/yes")
	require.True(t, continued)
	require.Equal(t, "200 the body", fmt.Sprint(status, " ", body))
	status, _, continued = ask("/no")
	require.False(t, continued, "the replica refused before the body was sent")
	require.Equal(t, 413, status)
}

func TestEarlyHintsArePassedOn(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</x.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		io.WriteString(w, "page")
	}))))
	var hints []string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		hints = append(hints, fmt.Sprint(code, h["Link"]))
		return nil
	}})
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.addr()+"/", nil)
	req.Host = "a.test"
	resp, err := client.Do(req)
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, []string{"103 [</x.css>; rel=preload]"}, hints)
	require.NotContains(t, resp.Header, "Link")
}

func TestClientThatLeavesEndsTheRequestUpstream(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	h := newSlow()
	ended := make(chan struct{})
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		close(ended)
	}))))
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.addr()+"/", nil)
	req.Host = "a.test"
	go func() { <-h.reached; cancel() }()
	_, err := client.Do(req)
	require.ErrorIs(t, err, context.Canceled)
	<-ended
	eventually(t, "the request is over, and no error of the release", func() bool {
		stats, err := e.Stats(t.Context())
		return err == nil && stats[0].InFlight == 0 && stats[0].Requests == 1 && stats[0].Errors == 0
	})
}

func TestWebSockets(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", echo))))
	c := e.socket(t, "a.test")
	for range 3 {
		require.NoError(t, ping(t, c))
	}
	stats, err := e.Stats(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, stats[0].InFlight)
	big := strings.Repeat("x", 30<<10)
	require.NoError(t, c.Write(t.Context(), websocket.MessageText, []byte(big)))
	_, b, err := c.Read(t.Context())
	require.NoError(t, err)
	require.Equal(t, big, string(b))
	require.NoError(t, c.Close(websocket.StatusNormalClosure, ""))
	eventually(t, "it is over", func() bool {
		stats, err := e.Stats(t.Context())
		return err == nil && stats[0].InFlight == 0
	})
}

func TestRefusedUpgradeIsAnAnswerLikeAnyOther(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", nil))))
	resp, body := e.do(t, "GET", "a.test", "/", nil, "Connection", "Upgrade", "Upgrade", "websocket")
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "a", body)
}
