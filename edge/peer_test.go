package edge_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/authority"
	"github.com/syntra-dev/syntra/edge"
	"github.com/syntra-dev/syntra/edge/control"
)

// fleet is the servers of one organization.
type fleet struct {
	authority *authority.Authority
	org       string
}

func newFleet(t testing.TB, org string) *fleet {
	t.Helper()
	a, err := authority.New(org, time.Now())
	require.NoError(t, err)
	return &fleet{a, org}
}

// identity is what a server's edge shows itself by, signed at a time.
func (f *fleet) identity(t testing.TB, server string, at time.Time) control.Identity {
	t.Helper()
	key, request, err := authority.NewRequest()
	require.NoError(t, err)
	certificate, err := f.authority.Sign(request, server, at)
	require.NoError(t, err)
	return control.Identity{Certificate: certificate, Key: key, Authority: f.authority.Certificate()}
}

// join makes a running edge a server of the fleet.
func (f *fleet) join(t testing.TB, e *running, server string) *member {
	t.Helper()
	require.NoError(t, e.PutIdentity(t.Context(), f.identity(t, server, time.Now())))
	return &member{e, server}
}

// member is the edge of one server.
type member struct {
	*running
	server string
}

func withPeers(o *edge.Options) { o.PeerAddr = "127.0.0.1:0" }

// believing makes the tests' client a trusted proxy.
func believing(o *edge.Options) {
	withPeers(o)
	o.TrustedProxies = []string{"127.0.0.1"}
}

func (f *fleet) start(t testing.TB, server string) *member {
	return f.join(t, start(t, withPeers), server)
}

// endpoint is the member as others see it, with a number of replicas behind it.
func (m *member) endpoint(replicas int) control.Endpoint {
	return control.Endpoint{
		ID: m.server, Server: m.server, Protocol: control.Peer, Replicas: replicas,
		Address: fmt.Sprintf("127.0.0.1:%d", m.at.Peer.Port),
	}
}

// at returns endpoints for the replicas of this server.
func at(servers ...*httptest.Server) (out []control.Endpoint) {
	for _, s := range servers {
		out = append(out, control.Local(hostport(s))...)
	}
	return out
}

// shared is a service with one release and one host, whose requests may come from the servers named in peers.
func shared(peers []string, endpoints ...control.Endpoint) control.Service {
	s := service("svc_a", "a.test", control.Pool{Release: "rel_1", Weight: 1, Endpoints: endpoints})
	s.Peers = peers
	return s
}

func TestAReplicaOnAnotherServerSeesTheClientAsTheFirstEdgeDid(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "org_1")
	front, back := f.join(t, start(t, believing), "srv_front"), f.start(t, "srv_back")
	back.put(t, shared([]string{"srv_front"}, at(backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Syntra-Peer-Unserved", "a replica's lie")
		seen(w, r)
	}))...))
	front.put(t, shared(nil, back.endpoint(1)))

	resp, body := front.do(t, "GET", "a.test:80", "/", nil, "X-Forwarded-For", "6.6.6.6", "X-Forwarded-Proto", "https", "X-Request-ID", "req-1", "Te", "trailers",
		"Syntra-Peer-Service", "svc_b", "Syntra-Peer-Release", "rel_9", "Syntra-Peer-Greeting", "1")

	require.Equal(t, 200, resp.StatusCode, body)
	require.Equal(t, "req-1", resp.Header.Get("X-Request-Id"))
	require.Empty(t, resp.Header.Get("Syntra-Peer-Unserved"))
	require.Regexp(t, `X-Request-Start: t=\d{13}\r\n`, body)
	for _, want := range []string{
		"Host: a.test:80\n", "X-Forwarded-For: 6.6.6.6, 127.0.0.1\r\n", "X-Real-Ip: 6.6.6.6\r\n",
		"X-Forwarded-Proto: https\r\n", "X-Forwarded-Host: a.test:80\r\n", "X-Request-Id: req-1\r\n", "Te: trailers\r\n",
	} {
		require.Equal(t, 1, strings.Count(body, want), "%q in\n%s", want, body)
	}
	require.NotContains(t, body, "Syntra-Peer", "the edges' own words are nobody else's business")
}

func TestReplicasShareTheTrafficAcrossServers(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "org_1")
	front, back := f.start(t, "srv_front"), f.start(t, "srv_back")
	back.put(t, shared([]string{"srv_front"}, at(backend(t, "b1", nil), backend(t, "b2", nil), backend(t, "b3", nil))...))
	front.put(t, shared(nil, append(at(backend(t, "f1", nil)), back.endpoint(3))...))
	got := map[string]int{}
	for range 40 {
		_, body := front.do(t, "GET", "a.test", "/", nil)
		got[body]++
	}
	require.Equal(t, map[string]int{"f1": 10, "b1": 10, "b2": 10, "b3": 10}, got)
	for m, want := range map[*member]uint64{front: 40, back: 0} {
		stats, err := m.Stats(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, stats[0].Requests, "%s: a request is counted where the client is connected", m.server)
	}
}

func TestNoRequestGoesRound(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "org_1")
	one, two := f.start(t, "srv_1"), f.start(t, "srv_2")
	both := []string{"srv_1", "srv_2"}
	one.put(t, shared(both, two.endpoint(1)))
	two.put(t, shared(both, one.endpoint(1)))
	resp, _ := one.do(t, "GET", "a.test", "/", nil)
	require.Equal(t, 502, resp.StatusCode)

	one.put(t, shared(both, append(at(backend(t, "one", nil)), two.endpoint(1))...))
	for range 4 {
		_, body := one.do(t, "POST", "a.test", "/", nil)
		require.Equal(t, "one", body)
		_, body = two.do(t, "POST", "a.test", "/", nil)
		require.Equal(t, "one", body)
	}
}

func TestBodiesAndSocketsPassBetweenServers(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "org_1")
	front, back := f.start(t, "srv_front"), f.start(t, "srv_back")
	tick := make(chan struct{})
	back.put(t, shared([]string{"srv_front"}, at(backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ws":
			echo(w, r)
		case "/events":
			w.Header().Set("Content-Type", "text/event-stream")
			for i := range 3 {
				fmt.Fprintf(w, "data: %d\n\n", i)
				http.NewResponseController(w).Flush()
				<-tick
			}
		default:
			b, _ := io.ReadAll(r.Body)
			w.Write(b)
		}
	}))...))
	front.put(t, shared(nil, back.endpoint(1)))

	c := front.socket(t, "a.test")
	require.NoError(t, ping(t, c))
	require.NoError(t, ping(t, c))

	for _, size := range []int{0, 1, 60_000, 3 << 20} {
		sent := strings.Repeat("x", size)
		for _, body := range []io.Reader{strings.NewReader(sent), io.MultiReader(strings.NewReader(sent))} { // the second has no length
			resp, got := front.do(t, "PUT", "a.test", "/", body)
			require.Equal(t, 200, resp.StatusCode)
			require.Equal(t, size, len(got))
		}
	}

	req, err := http.NewRequest(http.MethodGet, "http://"+front.addr()+"/events", nil)
	require.NoError(t, err)
	req.Host = "a.test"
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	for i := range 3 {
		b := make([]byte, len("data: 0\n\n"))
		_, err := io.ReadFull(resp.Body, b)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("data: %d\n\n", i), string(b), "each event comes before the next is made")
		tick <- struct{}{}
	}
}

// A split that moves on one server before the other must not fail a request of the release that leaves.
func TestAReleaseThatLeavesStillAnswersPeersUntilItIsDrained(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "org_1")
	front, back := f.start(t, "srv_front"), f.start(t, "srv_back")
	s := shared([]string{"srv_front"}, at(backend(t, "old", nil))...)
	back.put(t, s)
	front.put(t, shared(nil, back.endpoint(1)))
	s.Pools = append(s.Pools, control.Pool{Release: "rel_2", Weight: 1, Endpoints: at(backend(t, "new", nil))})
	s.Pools[0].Weight = 0
	without := s
	without.Pools = s.Pools[1:]
	for _, next := range []control.Service{s, without, without} {
		back.put(t, next)
		_, body := front.do(t, "GET", "a.test", "/", nil)
		require.Equal(t, "old", body)
		_, body = back.do(t, "GET", "a.test", "/", nil)
		require.Equal(t, "new", body)
	}

	_, err := back.Drain(t.Context(), "svc_a", control.DrainRequest{Release: "rel_1", Seconds: 10, WebSocketSeconds: 10})
	require.NoError(t, err)

	resp, _ := front.do(t, "GET", "a.test", "/", nil)
	require.Equal(t, 502, resp.StatusCode, "what is drained may be stopped: nothing reaches it")
	back.put(t, without)
	resp, _ = front.do(t, "GET", "a.test", "/", nil)
	require.Equal(t, 502, resp.StatusCode, "it does not come back by itself")
	_, body := back.do(t, "GET", "a.test", "/", nil)
	require.Equal(t, "new", body)
}
