package edge_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge"
	"github.com/syntra-dev/syntra/edge/control"
)

func listenLoopback() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

func tempDir(t testing.TB) string {
	dir, err := os.MkdirTemp("", "edge")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// Given an edge that is killed, when it is started again, then it has its ports and its table, and knows what died
// with it.
func TestKilledEdgeComesBackAsItWas(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	p, e := spawnEdge(t, dir, withTLS)
	alive, dead := backend(t, "alive", nil), backend(t, "dead", nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", dead, alive)))
	e.put(t, service("svc_b", "b.test", pool("rel_2", alive)))
	require.NoError(t, e.DeleteService(t.Context(), "svc_b"))
	_, body := e.do(t, "GET", "a.test", "/", nil)
	require.Contains(t, "alive dead", body)
	before, err := e.Table(t.Context())
	require.NoError(t, err)

	p.kill()
	dead.Close()
	_, again := spawnEdge(t, dir, withTLS)
	require.Equal(t, e.at.HTTPPort, again.at.HTTPPort)
	require.Equal(t, e.at.HTTPSPort, again.at.HTTPSPort)
	require.NotEqual(t, e.at.PID, again.at.PID)
	after, err := again.Table(t.Context())
	require.NoError(t, err)
	require.Equal(t, before, after)
	for range 10 { // POSTs too: the dead replica was found by probing, not by them
		resp, body := again.do(t, "POST", "a.test", "/", strings.NewReader("x"))
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, "alive", body)
	}
	info, err := os.Stat(again.o.Socket)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// Given a table that was being written when the power went, then what was answered before is there.
func TestEveryAnsweredChangeSurvivesAKill(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	p, e := spawnEdge(t, dir, nil)
	answered := make(chan int, 1)
	go func() {
		for i := 1; ; i++ {
			if e.PutService(t.Context(), service("svc_a", fmt.Sprintf("v%d.test", i))) != nil {
				answered <- i - 1
				return
			}
		}
	}()
	eventually(t, "some changes", func() bool {
		table, err := e.Table(t.Context())
		return err == nil && len(table.Services) == 1 && table.Services[0].Hosts[0] >= "v3"
	})
	p.kill()
	last := <-answered
	_, again := spawnEdge(t, dir, nil)
	table, err := again.Table(t.Context())
	require.NoError(t, err)
	var got int
	_, err = fmt.Sscanf(table.Services[0].Hosts[0], "v%d.test", &got)
	require.NoError(t, err)
	require.GreaterOrEqual(t, got, last)
	left, err := filepath.Glob(filepath.Join(dir, "table.json.new-*"))
	require.NoError(t, err)
	require.Empty(t, left, "nothing half-written is left")
}

func TestCorruptTableIsKeptAside(t *testing.T) {
	t.Parallel()
	for _, garbage := range []string{"", "{", `{"format":99,"services":[]}`, `{"format":1,"services":"x"}`, "\x00\x00\x00"} {
		dir := tempDir(t)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "table.json"), []byte(garbage), 0o600))
		e := startWith(t, edge.Options{DataDir: dir, HTTPAddr: "127.0.0.1:0", Socket: filepath.Join(dir, "s"), Logger: quiet})
		table, err := e.Table(t.Context())
		require.NoError(t, err)
		require.Empty(t, table.Services)
		kept, err := filepath.Glob(filepath.Join(dir, "table.json.corrupt-*"))
		require.NoError(t, err)
		require.Len(t, kept, 1, "%q", garbage)
		b, err := os.ReadFile(kept[0])
		require.NoError(t, err)
		require.Equal(t, garbage, string(b))
		e.put(t, service("svc_a", "a.test"))
	}
}

// Given an edge under load, when new edges take over again and again, then no request fails, the ports stay, and each
// old edge ends by itself.
func TestTakeoverUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	p, e := spawnEdge(t, dir, nil)
	up := backend(t, "a", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	e.put(t, service("svc_a", "a.test", pool("rel_1", up)))
	l := startLoad(t, "http://"+e.addr()+"/", "a.test", 8)
	for range 4 {
		next, again := spawnEdge(t, dir, nil)
		require.Equal(t, e.at.HTTPPort, again.at.HTTPPort)
		p.awaitExit(t)
		p = next
		st, err := again.Status(t.Context())
		require.NoError(t, err)
		require.Equal(t, next.Process.Pid, st.PID, "the control socket is the new edge's")
	}
	l.requireLossless(t)
	stats, err := e.Stats(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, l.sent.Load(), stats[0].Requests, "every edge handed its counts on")
	t.Logf("%d requests across 4 takeovers", l.sent.Load())
}

// Given an edge that was taken over and still has a request and a WebSocket, when the service moves on in the new edge,
// then the drain waits for the old edge's, too, and the old edge ends after them.
func TestDrainCoversTheEdgeThatWasTakenOver(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	p, e := spawnEdge(t, dir, nil)
	h := newSlow()
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ws" {
			echo(w, r)
			return
		}
		h.ServeHTTP(w, r)
	}))))
	answer := e.ask("a.test")
	<-h.reached
	ws := e.socket(t, "a.test")
	require.NoError(t, ping(t, ws))
	// A connection on which no request was sent yet.
	resting := e.dial(t)

	_, again := spawnEdge(t, dir, nil)
	stats, err := again.Stats(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, stats[0].InFlight, "the old edge's requests count")
	require.NoError(t, ping(t, ws))

	again.put(t, service("svc_a", "a.test", pool("rel_2", backend(t, "b", nil))))
	_, err = io.WriteString(resting, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
	require.NoError(t, err)
	b, err := io.ReadAll(resting)
	require.NoError(t, err)
	require.Contains(t, string(b), "\r\n\r\nb", "the old edge follows the new table")
	require.Contains(t, string(b), "Connection: close")

	done := again.drain("svc_a", control.DrainRequest{Release: "rel_1", Seconds: 60, WebSocketSeconds: 0})
	eventually(t, "the WebSocket is cut", func() bool { return ping(t, ws) != nil })
	still(t, again, done, "the drain did not wait for the old edge's request")
	close(h.let)
	require.Equal(t, result{200, "at last", nil}, <-answer)
	got := <-done
	require.NoError(t, got.err)
	require.Equal(t, 1, got.Cut)
	p.awaitExit(t)
	eventually(t, "its counts are handed on", func() bool {
		stats, err := again.Stats(t.Context())
		return err == nil && len(stats) == 2 && stats[0].Requests == 2 && stats[0].InFlight == 0
	})
}

func TestTakeoverKeepsTLS(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	p, e := spawnEdge(t, dir, withTLS)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", nil))))
	get := func(e *running) (string, *http.Response) {
		tr := &http.Transport{TLSClientConfig: e.trust(t, "a.test"), ForceAttemptHTTP2: true}
		defer tr.CloseIdleConnections()
		req, _ := http.NewRequest(http.MethodGet, "https://"+e.secureAddr()+"/", nil)
		req.Host = "a.test"
		resp, err := (&http.Client{Transport: tr, Timeout: 20 * time.Second}).Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return string(b), resp
	}
	body, first := get(e)
	require.Equal(t, "a", body)
	_, again := spawnEdge(t, dir, withTLS)
	require.Equal(t, e.at.HTTPSPort, again.at.HTTPSPort)
	body, second := get(again)
	require.Equal(t, "a", body)
	require.Equal(t, first.TLS.PeerCertificates[0].SerialNumber, second.TLS.PeerCertificates[0].SerialNumber, "the certificate is kept")
	p.awaitExit(t)
	eventually(t, "HTTP/3 comes back when the old edge has freed its port", func() bool {
		_, resp := get(again)
		return resp.Header.Get("Alt-Svc") != ""
	})
}

// Given a successor that dies before it is ready, then the running edge goes on as if nothing had been.
func TestFailedTakeoverChangesNothing(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", nil))))
	for range 3 {
		c, err := net.Dial("unix", e.o.Socket)
		require.NoError(t, err)
		io.WriteString(c, "POST /v1/takeover HTTP/1.1\r\nHost: edge\r\nContent-Length: 0\r\n\r\n")
		_, err = c.Read(make([]byte, 10)) // it has the sockets, and dies
		require.NoError(t, err)
		c.Close()
		e.put(t, service("svc_b", "b.test"))
		resp, _ := e.do(t, "GET", "a.test", "/", nil)
		require.Equal(t, 200, resp.StatusCode)
	}
}

// Given two programs behind one host, when one is killed -9 under load, then no request that may be repeated fails.
func TestReplicaKilledUnderLoad(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	a, b := spawn(t, "SYNTRA_TEST_REPLICA=1"), spawn(t, "SYNTRA_TEST_REPLICA=1")
	e.put(t, service("svc_a", "a.test", control.Pool{Release: "rel_1", Weight: 1,
		Endpoints: control.Local(strings.TrimSpace(a.first), strings.TrimSpace(b.first))}))
	stop := make(chan struct{})
	failed := make(chan string, 8)
	for range 4 {
		go func() {
			for {
				select {
				case <-stop:
					failed <- ""
					return
				default:
				}
				r := <-e.ask("a.test")
				if r.err != nil || r.status != 200 {
					failed <- fmt.Sprint(r)
					return
				}
			}
		}()
	}
	served := func(n uint64) func() bool {
		return func() bool {
			stats, err := e.Stats(t.Context())
			return err == nil && stats[0].Requests > n
		}
	}
	eventually(t, "load", served(100))
	a.kill()
	stats, err := e.Stats(t.Context())
	require.NoError(t, err)
	eventually(t, "more load", served(stats[0].Requests+200))
	close(stop)
	for range 4 {
		require.Empty(t, <-failed)
	}
	// A POST meets only the living one.
	for range 5 {
		resp, body := e.do(t, "POST", "a.test", "/", strings.NewReader("x"))
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, strconv.Itoa(b.Process.Pid), body)
	}
}

func TestTermEndsAnEdgeAndTheNextOneMayStartAtOnce(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	p, e := spawnEdge(t, dir, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", nil))))
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	_, again := spawnEdge(t, dir, nil)
	p.awaitExit(t)
	require.Equal(t, e.at.HTTPPort, again.at.HTTPPort)
	_, body := again.do(t, "GET", "a.test", "/", nil)
	require.Equal(t, "a", body)
	_, err := again.Status(t.Context())
	require.NoError(t, err)
}
