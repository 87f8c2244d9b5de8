package edge_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge/control"
)

// load sends requests from several clients until it is stopped, and counts what went wrong.
type load struct {
	sent, failed atomic.Int64
	first        atomic.Pointer[string]
	stop         func()
}

// startLoad sends GETs and POSTs; each answer must be 200 and hold the body sent.
func startLoad(t testing.TB, url, host string, clients int) *load {
	l := &load{}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for i := range clients {
		tr := &http.Transport{MaxIdleConnsPerHost: 1}
		c := &http.Client{Transport: tr, Timeout: 20 * time.Second}
		wg.Go(func() {
			defer tr.CloseIdleConnections()
			for n := 0; ctx.Err() == nil; n++ {
				if err := once(c, url, host, i, n); err != nil {
					s := err.Error()
					l.first.CompareAndSwap(nil, &s)
					l.failed.Add(1)
				}
				l.sent.Add(1)
			}
		})
	}
	l.stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	t.Cleanup(l.stop)
	return l
}

func once(c *http.Client, url, host string, client, n int) error {
	method, body := "GET", ""
	if n%3 == 0 {
		method, body = "POST", fmt.Sprintf("%d/%d", client, n)
	}
	req, err := http.NewRequest(method, url, io.NopCloser(strings.NewReader(body))) // not repeatable by the client
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(body))
	if body == "" {
		req.Body = nil
	}
	req.Host = host
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || string(b) != body {
		return fmt.Errorf("%s: status %d, body %q instead of %q", method, resp.StatusCode, b, body)
	}
	return nil
}

func (l *load) requireLossless(t testing.TB) {
	t.Helper()
	l.stop()
	if p := l.first.Load(); p != nil {
		t.Fatalf("%d of %d requests failed; the first: %s", l.failed.Load(), l.sent.Load(), *p)
	}
}

// strict is a replica that notices a request that comes after it was declared safe to stop.
type strict struct {
	*httptest.Server
	stopped atomic.Bool
	late    *atomic.Int64
}

func newStrict(late *atomic.Int64) *strict {
	s := &strict{late: late}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if s.stopped.Load() {
			late.Add(1)
		}
		w.Write(b)
	}))
	return s
}

// Given load, when hundreds of releases replace each other and each old one is stopped as soon as it is drained, then
// no request fails and none reaches a release after its drain.
func TestHundredsOfReleasesReplaceEachOtherUnderLoad(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	var late atomic.Int64
	old := newStrict(&late)
	e.put(t, service("svc_a", "a.test", pool("rel_0", old.Server)))
	l := startLoad(t, "http://"+e.addr()+"/", "a.test", 8)
	for i := 1; i <= 300; i++ {
		next := newStrict(&late)
		e.put(t, service("svc_a", "a.test", pool(fmt.Sprintf("rel_%d", i), next.Server)))
		out, err := e.Drain(t.Context(), "svc_a", control.DrainRequest{Release: fmt.Sprintf("rel_%d", i-1), Seconds: 10, WebSocketSeconds: 10})
		require.NoError(t, err)
		require.Zero(t, out.Cut)
		old.stopped.Store(true)
		old.CloseClientConnections()
		old.Close()
		old = next
	}
	l.requireLossless(t)
	require.Zero(t, late.Load(), "requests that reached a drained release")
	require.Greater(t, l.sent.Load(), int64(300))
	t.Logf("%d requests across 300 releases", l.sent.Load())
	old.Close()
}

// Given a release with several replicas, when they are taken out one by one, drained apart and stopped, then nothing fails.
func TestScalingDownLosesNothing(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	var late atomic.Int64
	var replicas []*strict
	p := control.Pool{Release: "rel_1", Weight: 1}
	for range 20 {
		s := newStrict(&late)
		replicas, p.Endpoints = append(replicas, s), append(p.Endpoints, control.Local(hostport(s.Server))...)
	}
	e.put(t, service("svc_a", "a.test", p))
	l := startLoad(t, "http://"+e.addr()+"/", "a.test", 8)
	for len(p.Endpoints) > 1 {
		gone := replicas[0]
		_, err := e.Drain(t.Context(), "svc_a", control.DrainRequest{Release: "rel_1", Endpoint: p.Endpoints[0].ID})
		var said *control.Error
		require.ErrorAs(t, err, &said)
		require.Equal(t, control.CodeStillRouted, said.Code)
		replicas, p.Endpoints = replicas[1:], p.Endpoints[1:]
		e.put(t, service("svc_a", "a.test", p))
		_, err = e.Drain(t.Context(), "svc_a", control.DrainRequest{Release: "rel_1", Endpoint: hostport(gone.Server), Seconds: 10})
		require.NoError(t, err)
		gone.stopped.Store(true)
		gone.CloseClientConnections()
		gone.Close()
	}
	l.requireLossless(t)
	require.Zero(t, late.Load())
	replicas[0].Close()
}

// Given two replicas, when one is killed under load, then no request that may be repeated fails.
func TestKilledReplicaCostsNoGET(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	var hits atomic.Int64
	count := func(w http.ResponseWriter, r *http.Request) { hits.Add(1) }
	a, b := backend(t, "a", count), backend(t, "b", nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", a, b)))
	eventually(t, "both serve", func() bool { e.do(t, "GET", "a.test", "/", nil); return hits.Load() > 3 })
	a.Listener.Close()
	a.CloseClientConnections()
	for range 50 {
		resp, _ := e.do(t, "GET", "a.test", "/", nil)
		require.Equal(t, 200, resp.StatusCode)
	}
	// A body that was not touched is no hindrance when nobody took the connection.
	for range 10 {
		resp, _ := e.do(t, "POST", "a.test", "/", strings.NewReader("x"))
		require.Equal(t, 200, resp.StatusCode)
	}
}

// Given a replica that dies while it handles a POST, then the client hears 502 and the POST is not sent again.
func TestPOSTThatMayHaveBeenHandledIsNotRepeated(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	var handled atomic.Int64
	die := func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		handled.Add(1)
		panic(http.ErrAbortHandler)
	}
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", die), backend(t, "b", die))))
	for _, size := range []int{10, 100 << 10} {
		handled.Store(0)
		resp, _ := e.do(t, "POST", "a.test", "/", strings.NewReader(strings.Repeat("x", size)))
		require.Equal(t, 502, resp.StatusCode)
		require.EqualValues(t, 1, handled.Load())
	}
	handled.Store(0)
	resp, _ := e.do(t, "GET", "a.test", "/", nil)
	require.Equal(t, 502, resp.StatusCode)
	require.EqualValues(t, 2, handled.Load(), "a GET tries the other replica")
	stats, err := e.Stats(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 3, stats[0].Errors)
}

// Given an upstream that closes resting connections, then the next request notices and goes on another one.
func TestConnectionsClosedByTheReplicaAreNotUsed(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	a := backend(t, "a", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	e.put(t, service("svc_a", "a.test", pool("rel_1", a)))
	for range 20 {
		resp, body := e.do(t, "POST", "a.test", "/", strings.NewReader("once"))
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, "once", body)
		a.CloseClientConnections()
	}
}
