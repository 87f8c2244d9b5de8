package edge_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge/control"
)

func TestRequestsGoToTheServiceThatHasTheHost(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.example.com", pool("rel_a", backend(t, "a", nil))))
	e.put(t, service("svc_b", "B.Example.com.", pool("rel_b", backend(t, "b", nil))))
	for host, want := range map[string]string{
		"a.example.com":      "a",
		"A.EXAMPLE.COM":      "a",
		"a.example.com:8080": "a",
		"a.example.com.":     "a",
		"b.example.com":      "b",
		"b.EXAMPLE.com.:443": "b",
	} {
		resp, body := e.do(t, "GET", host, "/", nil)
		require.Equal(t, 200, resp.StatusCode, host)
		require.Equal(t, want, body, host)
	}
}

func TestErrorPagesSayWhatIsUp(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	gone := backend(t, "gone", nil)
	e.put(t, service("svc_idle", "idle.test"))
	e.put(t, service("svc_warm", "warm.test", control.Pool{Release: "rel_w", Weight: 0, Endpoints: control.Local(hostport(gone))}))
	e.put(t, service("svc_dead", "dead.test", pool("rel_d", gone)))
	gone.Close()
	for _, c := range []struct {
		host, code string
		status     int
	}{
		{"nobody.test", "unknown_host", 404},
		{"bad_host..test", "unknown_host", 404},
		{"idle.test", "no_running_release", 503},
		{"warm.test", "no_running_release", 503},
		{"dead.test", "upstream_failed", 502},
	} {
		resp, body := e.do(t, "GET", c.host, "/", nil, "X-Request-ID", "req-42")
		require.Equal(t, c.status, resp.StatusCode, c.host)
		require.Equal(t, c.code, resp.Header.Get("Syntra-Edge-Error"))
		require.Contains(t, resp.Header.Get("Content-Type"), "text/plain")
		require.Contains(t, body, "req-42")
		require.NotContains(t, body, "127.0.0.1", "addresses are nobody's business")

		resp, body = e.do(t, "GET", c.host, "/", nil, "Accept", "application/json")
		var p struct{ Code, Title, Detail, Request_ID string }
		require.NoError(t, json.Unmarshal([]byte(body), &p), body)
		require.Equal(t, c.status, resp.StatusCode)
		require.Equal(t, c.code, p.Code)
		require.NotEmpty(t, p.Detail)
		require.Equal(t, resp.Header.Get("X-Request-ID"), p.Request_ID)
		require.NotEmpty(t, p.Request_ID)
	}
}

func TestWeightsShareTheTraffic(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	stable, canary := pool("rel_1", backend(t, "stable", nil)), pool("rel_2", backend(t, "canary", nil))
	stable.Weight, canary.Weight = 9000, 1000
	e.put(t, service("svc_a", "a.test", stable, canary))
	got := map[string]int{}
	for range 500 {
		_, body := e.do(t, "GET", "a.test", "/", nil)
		got[body]++
	}
	// 50, give or take six standard deviations of the binomial distribution.
	require.InDelta(t, 50, got["canary"], 40)
	require.Equal(t, 500, got["canary"]+got["stable"])
}

func TestReplicasShareTheTraffic(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "1", nil), backend(t, "2", nil), backend(t, "3", nil))))
	got := map[string]int{}
	for range 30 {
		_, body := e.do(t, "GET", "a.test", "/", nil)
		got[body]++
	}
	require.Equal(t, map[string]int{"1": 10, "2": 10, "3": 10}, got)
}

func TestControlRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test"))
	up := func(u ...string) control.Service {
		return service("svc_x", "x.test", control.Pool{Release: "rel_1", Weight: 1, Endpoints: control.Local(u...)})
	}
	for name, c := range map[string]struct {
		s    control.Service
		code string
	}{
		"another's host":     {service("svc_b", "A.test"), control.CodeHostTaken},
		"no host":            {service("svc_b", ""), control.CodeInvalid},
		"host with a path":   {service("svc_b", "a.test/x"), control.CodeInvalid},
		"host with a break":  {service("svc_b", "a.test\r\nX: y"), control.CodeInvalid},
		"upstream, no port":  {up("127.0.0.1"), control.CodeInvalid},
		"upstream, URL":      {up("http://127.0.0.1:80"), control.CodeInvalid},
		"upstream, port 0":   {up("127.0.0.1:0"), control.CodeInvalid},
		"upstream twice":     {up("127.0.0.1:1", "127.0.0.1:1"), control.CodeInvalid},
		"negative weight":    {service("svc_x", "x.test", control.Pool{Release: "r", Weight: -1}), control.CodeInvalid},
		"release twice":      {service("svc_x", "x.test", control.Pool{Release: "r"}, control.Pool{Release: "r"}), control.CodeInvalid},
		"release without id": {service("svc_x", "x.test", control.Pool{}), control.CodeInvalid},
		"id with a slash":    {service("svc/../x", "x.test"), control.CodeInvalid},
		"far too much":       {service("svc_x", strings.Repeat("a", 2<<20)), control.CodeInvalid},
	} {
		err := e.PutService(t.Context(), c.s)
		var said *control.Error
		require.ErrorAs(t, err, &said, name)
		require.Equal(t, c.code, said.Code, name)
	}
	table, err := e.Table(t.Context())
	require.NoError(t, err)
	require.Len(t, table.Services, 1, "nothing of that came into the table")
	require.NoError(t, e.DeleteService(t.Context(), "svc_a"))
	require.NoError(t, e.DeleteService(t.Context(), "svc_a"), "deleting twice is deleting once")
	e.put(t, service("svc_b", "a.test"))
}

func TestEachReleaseIsMeasuredApart(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	good := backend(t, "good", nil)
	bad := backend(t, "bad", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	e.put(t, service("svc_a", "a.test", pool("rel_1", good)))
	for range 5 {
		e.do(t, "GET", "a.test", "/", nil)
	}
	e.put(t, service("svc_a", "a.test", pool("rel_2", bad)))
	for range 3 {
		e.do(t, "GET", "a.test", "/", nil)
	}
	stats, err := e.Stats(t.Context())
	require.NoError(t, err)
	require.Len(t, stats, 2)
	for i, want := range []control.ReleaseStats{{Release: "rel_1", Requests: 5}, {Release: "rel_2", Requests: 3, Errors: 3}} {
		s := stats[i]
		require.Equal(t, want.Release, s.Release)
		require.Equal(t, want.Requests, s.Requests)
		require.Equal(t, want.Errors, s.Errors)
		require.Zero(t, s.InFlight)
		require.Len(t, s.LatencyBuckets, len(control.LatencyBounds)+1)
		var sum uint64
		for _, n := range s.LatencyBuckets {
			sum += n
		}
		require.Equal(t, want.Requests, sum)
	}
	text := e.metrics(t)
	require.Contains(t, text, `syntra_edge_errors_total{org="org_1",project="prj_1",service="svc_a",release="rel_2"} 3`)
	require.Contains(t, text, `syntra_edge_latency_seconds_bucket{org="org_1",project="prj_1",service="svc_a",release="rel_1",le="+Inf"} 5`)
}

func TestTheWholePathReachesTheReplica(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s %d %s", r.Method, r.RequestURI, r.Host, r.ContentLength, b)
	}))))
	_, body := e.do(t, "PATCH", "a.test:99", "/a%2Fb/../c?x=1&y=%20;z", strings.NewReader("hello"))
	require.Equal(t, "PATCH /a%2Fb/../c?x=1&y=%20;z a.test:99 5 hello", body)
	_, body = e.do(t, "POST", "a.test", "/", nil)
	require.Equal(t, "POST / a.test 0 ", body)
}
