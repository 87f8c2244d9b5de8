package edge_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge/control"
)

// moody is a replica that can hang: it takes requests and answers none.
func moody(t *testing.T, name string) (*httptest.Server, *atomic.Bool, *atomic.Int64) {
	hangs, served := new(atomic.Bool), new(atomic.Int64)
	return backend(t, name, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" {
			served.Add(1)
		}
		if hangs.Load() {
			<-r.Context().Done()
			return
		}
		fmt.Fprint(w, name)
	}), hangs, served
}

func watched(p control.Pool) control.Pool {
	p.Health = &control.Health{Path: "/health", EveryMillis: 40, TimeoutMillis: 200}
	return p
}

// Given two replicas of which one hangs long after its deployment, when the edge has noticed, then all requests go to
// the other, the edge says why, and the first has its share again when it answers.
func TestAReplicaThatHangsIsEjectedAndComesBack(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	a, hangs, servedA := moody(t, "a")
	b, _, _ := moody(t, "b")
	e.put(t, service("svc_a", "a.test", watched(pool("rel_1", a, b))))
	hangs.Store(true)
	var ailing []control.Ailing
	eventually(t, "it is ejected", func() bool {
		var err error
		ailing, err = e.Ailing(t.Context())
		return err == nil && len(ailing) == 1
	})
	require.Equal(t, []string{"svc_a", "rel_1", hostport(a)}, []string{ailing[0].Service, ailing[0].Release, ailing[0].Address})
	require.Contains(t, ailing[0].Why, "GET /health: no answer within 200ms")
	require.WithinDuration(t, time.Now(), ailing[0].Since, time.Minute)
	before := servedA.Load()
	for range 20 {
		_, body := e.do(t, "GET", "a.test", "/", nil)
		require.Equal(t, "b", body)
	}
	require.Equal(t, before, servedA.Load())

	hangs.Store(false)
	eventually(t, "it has its share again", func() bool {
		_, body := e.do(t, "GET", "a.test", "/", nil)
		return body == "a"
	})
	ailing, err := e.Ailing(t.Context())
	require.NoError(t, err)
	require.Empty(t, ailing)
}

func TestTheLastReplicaIsNeverEjected(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	var sick atomic.Bool
	only := backend(t, "only", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" && sick.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, "only")
	})
	e.put(t, service("svc_a", "a.test", watched(pool("rel_1", only))))
	sick.Store(true)
	eventually(t, "it is known to be ailing", func() bool {
		ailing, err := e.Ailing(t.Context())
		return err == nil && len(ailing) == 1
	})
	_, body := e.do(t, "GET", "a.test", "/", nil)
	require.Equal(t, "only", body)
}

// Nobody probes here: requests that are taken and not answered tell.
func TestAReplicaThatAnswersNothingIsEjectedWithoutProbes(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	good := backend(t, "good", nil)
	e.put(t, service("svc_a", "a.test", pool("rel_1", raw(t, ""), good)))
	for range 10 {
		resp, body := e.do(t, "GET", "a.test", "/", nil)
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, "good", body)
	}
	ailing, err := e.Ailing(t.Context())
	require.NoError(t, err)
	require.Len(t, ailing, 1)
	require.Contains(t, ailing[0].Why, "5 requests in a row were not answered")
	for range 5 { // not even one that may be sent only once meets it
		resp, _ := e.do(t, "POST", "a.test", "/", http.NoBody)
		require.Equal(t, 200, resp.StatusCode)
	}
}

// A probe outlives its edge: the next one goes on, from the table on disk.
func TestProbesGoOnAfterARestart(t *testing.T) {
	t.Parallel()
	e := start(t, nil)
	a, hangs, _ := moody(t, "a")
	b, _, _ := moody(t, "b")
	e.put(t, service("svc_a", "a.test", watched(pool("rel_1", a, b))))
	e.stop()
	e.end(t)
	next := startWith(t, e.o)
	hangs.Store(true)
	eventually(t, "it is ejected", func() bool {
		ailing, err := next.Ailing(t.Context())
		return err == nil && len(ailing) == 1
	})
}
