package edge_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge"
	"github.com/syntra-dev/syntra/edge/control"
)

// slow is a handler that says when it was reached and answers when it is let.
type slow struct{ reached, let chan struct{} }

func newSlow() *slow { return &slow{make(chan struct{}, 16), make(chan struct{})} }

func (s *slow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.reached <- struct{}{}
	select {
	case <-s.let:
		io.WriteString(w, "at last")
	case <-r.Context().Done():
	}
}

// echo is a WebSocket replica.
func echo(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer c.CloseNow()
	for {
		kind, b, err := c.Read(r.Context())
		if err != nil || c.Write(r.Context(), kind, b) != nil {
			return
		}
	}
}

func (r *running) socket(t testing.TB, host string) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, _, err := websocket.Dial(ctx, "ws://"+r.addr()+"/ws", &websocket.DialOptions{Host: host})
	require.NoError(t, err)
	t.Cleanup(func() { c.CloseNow() })
	return c
}

func ping(t testing.TB, c *websocket.Conn) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := c.Write(ctx, websocket.MessageText, []byte("ping")); err != nil {
		return err
	}
	_, b, err := c.Read(ctx)
	if err == nil {
		require.Equal(t, "ping", string(b))
	}
	return err
}

type result struct {
	status int
	body   string
	err    error
}

// ask sends a GET in the background.
func (r *running) ask(host string) <-chan result {
	out := make(chan result, 1)
	go func() {
		req, _ := http.NewRequest(http.MethodGet, "http://"+r.addr()+"/", nil)
		req.Host = host
		resp, err := client.Do(req)
		if err != nil {
			out <- result{err: err}
			return
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		out <- result{resp.StatusCode, string(b), err}
	}()
	return out
}

type drained struct {
	control.DrainResponse
	err error
}

func (r *running) drain(service string, d control.DrainRequest) <-chan drained {
	out := make(chan drained, 1)
	go func() {
		resp, err := r.Drain(context.Background(), service, d)
		out <- drained{resp, err}
	}()
	return out
}

// still asserts that nothing came out of c although the edge has answered other calls since.
func still[T any](t testing.TB, e *running, c <-chan T, why string) {
	t.Helper()
	for range 5 {
		_, err := e.Status(t.Context())
		require.NoError(t, err)
	}
	select {
	case v := <-c:
		t.Fatalf("%s: %+v", why, v)
	default:
	}
}

func TestDrainIsRefusedWhileTheReleaseTakesTraffic(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", nil))))
	got := <-e.drain("svc_a", control.DrainRequest{Release: "rel_1"})
	var said *control.Error
	require.ErrorAs(t, got.err, &said)
	require.Equal(t, http.StatusConflict, said.Status)
	require.Equal(t, control.CodeStillRouted, said.Code)

	got = <-e.drain("svc_a", control.DrainRequest{Release: "rel_never"})
	require.NoError(t, got.err, "what the edge does not know has nothing under way")
}

func TestDrainWaitsForSlowRequests(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	h := newSlow()
	old := pool("rel_1", backend(t, "a", h.ServeHTTP))
	e.put(t, service("svc_a", "a.test", old))
	answer := e.ask("a.test")
	<-h.reached

	// Kept warm without traffic: it may be drained all the same.
	warm := old
	warm.Weight = 0
	e.put(t, service("svc_a", "a.test", warm, pool("rel_2", backend(t, "b", nil))))
	_, body := e.do(t, "GET", "a.test", "/", nil)
	require.Equal(t, "b", body)
	done := e.drain("svc_a", control.DrainRequest{Release: "rel_1", Seconds: 60, WebSocketSeconds: 60})
	still(t, e, done, "the drain did not wait")
	close(h.let)
	require.Equal(t, result{200, "at last", nil}, <-answer)
	got := <-done
	require.NoError(t, got.err)
	require.Zero(t, got.Cut)
}

func TestDrainEndsWhenTheReleaseIsRoutedAgain(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	h := newSlow()
	old := pool("rel_1", backend(t, "a", h.ServeHTTP))
	e.put(t, service("svc_a", "a.test", old))
	answer := e.ask("a.test")
	<-h.reached
	e.put(t, service("svc_a", "a.test", pool("rel_2", backend(t, "b", nil))))
	done := e.drain("svc_a", control.DrainRequest{Release: "rel_1", Seconds: 60, WebSocketSeconds: 60})
	still(t, e, done, "the drain did not wait")
	e.put(t, service("svc_a", "a.test", old)) // an instant rollback
	var said *control.Error
	require.ErrorAs(t, (<-done).err, &said)
	require.Equal(t, control.CodeStillRouted, said.Code)
	close(h.let)
	require.Equal(t, 200, (<-answer).status, "and it cut nothing")
}

func TestDrainCutsWhatOutlastsItsGrace(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	h := newSlow()
	streaming := make(chan struct{})
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ws":
			echo(w, r)
		case "/stream":
			io.WriteString(w, "begun")
			w.(http.Flusher).Flush()
			close(streaming)
			<-r.Context().Done()
		default:
			h.ServeHTTP(w, r)
		}
	}))))
	answer := e.ask("a.test")
	<-h.reached
	ws := e.socket(t, "a.test")
	require.NoError(t, ping(t, ws))
	stream := e.dial(t)
	io.WriteString(stream, "GET /stream HTTP/1.1\r\nHost: a.test\r\n\r\n")
	<-streaming
	e.put(t, service("svc_a", "a.test", pool("rel_2", backend(t, "b", nil))))

	done := e.drain("svc_a", control.DrainRequest{Release: "rel_1", Seconds: 0, WebSocketSeconds: 600})
	require.Equal(t, 503, (<-answer).status, "a request without an answer is told")
	_, err := io.ReadAll(stream)
	require.NoError(t, err, "a stream ends")
	require.NoError(t, ping(t, ws), "the WebSocket has a grace of its own")
	still(t, e, done, "the drain did not wait for the WebSocket")

	second := <-e.drain("svc_a", control.DrainRequest{Release: "rel_1", Seconds: 0, WebSocketSeconds: 0})
	require.NoError(t, second.err)
	require.Equal(t, 1, second.Cut)
	require.Error(t, ping(t, ws), "the WebSocket was cut")
	got := <-done
	require.NoError(t, got.err)
	require.Equal(t, 2, got.Cut)
}

func TestDrainCutsAnUploadThatStalls(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	reached := make(chan struct{})
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		close(reached)
		io.Copy(io.Discard, r.Body)
	}))))
	c := e.dial(t)
	io.WriteString(c, "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\nbegun")
	<-reached
	e.put(t, service("svc_a", "a.test"))
	got := <-e.drain("svc_a", control.DrainRequest{Release: "rel_1"})
	require.NoError(t, got.err)
	require.Equal(t, 1, got.Cut)
}

func TestStoppingLetsRequestsEnd(t *testing.T) {
	t.Parallel()
	e := start(t, func(o *edge.Options) { o.StopGrace = 20 * time.Second })
	h := newSlow()
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", h.ServeHTTP))))
	answer := e.ask("a.test")
	<-h.reached
	e.stop()
	eventually(t, "it accepts nothing more", func() bool {
		_, err := http.Get("http://" + e.addr() + "/")
		return err != nil
	})
	close(h.let)
	require.Equal(t, result{200, "at last", nil}, <-answer)
	e.end(t)
}
