package edge_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge"
	"github.com/syntra-dev/syntra/edge/control"
)

// running is an edge in this process.
type running struct {
	*control.Client
	at   control.Status
	dir  string
	o    edge.Options
	stop func()
	done chan error
}

// start runs an edge and waits until it serves.
func start(t testing.TB, change func(*edge.Options)) *running {
	t.Helper()
	dir, err := os.MkdirTemp("", "edge") // t.TempDir's names can be too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	o := edge.Options{
		DataDir: dir, HTTPAddr: "127.0.0.1:0", Socket: filepath.Join(dir, "edge.sock"), Version: "test",
		Logger: quiet, StopGrace: 5 * time.Second, Linger: 2 * time.Second,
	}
	if change != nil {
		change(&o)
	}
	return startWith(t, o)
}

func startWith(t testing.TB, o edge.Options) *running {
	t.Helper()
	ready := make(chan control.Status, 1)
	o.OnReady = func(s control.Status) { ready <- s }
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Client: control.NewClient(o.Socket), dir: o.DataDir, o: o, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- edge.Run(ctx, o) }()
	select {
	case r.at = <-ready:
	case err := <-r.done:
		t.Fatalf("the edge did not start: %v", err)
	}
	t.Cleanup(func() { r.end(t) })
	return r
}

// end stops the edge and waits for it.
func (r *running) end(t testing.TB) {
	r.stop()
	select {
	case err := <-r.done:
		r.done <- err
		require.NoError(t, err)
	case <-time.After(30 * time.Second):
		t.Error("the edge does not stop")
	}
}

func (r *running) addr() string { return fmt.Sprintf("127.0.0.1:%d", r.at.HTTPPort) }

// backend is a replica that answers with its name, unless h says otherwise.
func backend(t testing.TB, name string, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Replica", name)
		if h != nil {
			h(w, r)
			return
		}
		io.WriteString(w, name)
	}))
	t.Cleanup(s.Close)
	return s
}

func hostport(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }

// pool is a release with all of the traffic.
func pool(release string, servers ...*httptest.Server) control.Pool {
	p := control.Pool{Release: release, Weight: 100}
	for _, s := range servers {
		p.Endpoints = append(p.Endpoints, control.Local(hostport(s))...)
	}
	return p
}

func service(id, host string, pools ...control.Pool) control.Service {
	return control.Service{ID: id, Hosts: []string{host}, Pools: pools, Organization: "org_1", Project: "prj_1"}
}

func (r *running) put(t testing.TB, s control.Service) {
	t.Helper()
	require.NoError(t, r.PutService(t.Context(), s))
}

// do sends a request to the edge for host and returns the answer with its body read.
func (r *running) do(t testing.TB, method, host, path string, body io.Reader, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+r.addr()+path, body)
	require.NoError(t, err)
	req.Host = host
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(b)
}

// client follows no redirects and undoes no compression.
var client = &http.Client{
	Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       20 * time.Second,
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 15*time.Second, 10*time.Millisecond, what)
}

// dial opens a connection of its own to the edge.
func (r *running) dial(t testing.TB) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", r.addr())
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	return c
}

// metrics reads the Prometheus page from the control socket.
func (r *running) metrics(t testing.TB) string {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", r.o.Socket)
	}}}
	resp, err := c.Get("http://edge/metrics")
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(b)
}

var quiet = slog.New(slog.DiscardHandler)
