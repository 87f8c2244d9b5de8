package edge_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge/control"
)

// echoBody answers with what it was sent.
func echoBody(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	w.Write(b)
}

// spawn starts a member of the fleet as a process of its own on dir.
func (f *fleet) spawn(t testing.TB, dir, server string) (*process, *member) {
	t.Helper()
	p, e := spawnEdge(t, dir, withPeers)
	return p, f.join(t, e, server)
}

// Given a service with replicas on two servers, when the edge of one is killed, then no request that can be repeated
// fails; and when it is back, it has its port, its table and its certificate, and gets its share again.
func TestAPeerThatDiesCostsNoRequestAndComesBack(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "org_1")
	front, dir := f.start(t, "srv_front"), tempDir(t)
	p, back := f.spawn(t, dir, "srv_back")
	back.put(t, shared([]string{"srv_front"}, at(backend(t, "back", nil))...))
	front.put(t, shared(nil, append(at(backend(t, "front", nil)), back.endpoint(1))...))
	both := func(n int) map[string]int {
		got := map[string]int{}
		for range n {
			resp, body := front.do(t, "GET", "a.test", "/", nil)
			require.Equal(t, 200, resp.StatusCode, body)
			got[body]++
		}
		return got
	}
	require.Equal(t, map[string]int{"front": 10, "back": 10}, both(20))

	p.kill()
	require.Equal(t, map[string]int{"front": 20}, both(20))

	_, again := spawnEdge(t, dir, withPeers)
	require.Equal(t, back.at.Peer.Port, again.at.Peer.Port)
	require.Equal(t, "srv_back", again.at.Peer.Server)
	eventually(t, "the peer gets requests again", func() bool { return both(2)["back"] > 0 })
	require.Equal(t, map[string]int{"front": 10, "back": 10}, both(20))
}

// A request that is not safe to repeat goes elsewhere as long as no replica has received it.
func TestAPeerWithoutReplicasSendsRequestsElsewhere(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "org_1")
	front, back := f.start(t, "srv_front"), f.start(t, "srv_back")
	here := at(backend(t, "front", nil))
	there := at(backend(t, "back", nil))
	dead := backend(t, "dead", nil)
	back.put(t, shared([]string{"srv_front"}, there...))
	front.put(t, shared(nil, append(here, back.endpoint(1))...))
	post := func() string {
		resp, body := front.do(t, "POST", "a.test", "/", nil)
		require.Equal(t, 200, resp.StatusCode, body)
		return body
	}
	require.ElementsMatch(t, []string{"front", "back"}, []string{post(), post()})

	for what, then := range map[string]func(){
		"the release has left":         func() { back.put(t, shared([]string{"srv_front"})) },
		"its replica does not answer":  func() { dead.Close(); back.put(t, shared([]string{"srv_front"}, at(dead)...)) },
		"this server is no peer there": func() { back.put(t, shared(nil, there...)) },
	} {
		then()
		for range 6 {
			require.Equal(t, "front", post(), what)
		}
		back.put(t, shared([]string{"srv_front"}, there...))
		eventually(t, "it is asked again when it has replicas again", func() bool { return post() == "back" })
	}
}

// Given load through another server, when the edge there is taken over again and again, then nothing fails.
func TestAPeerIsTakenOverUnderLoad(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "org_1")
	front, dir := f.start(t, "srv_front"), tempDir(t)
	p, back := f.spawn(t, dir, "srv_back")
	back.put(t, shared([]string{"srv_front"}, at(backend(t, "back", echoBody))...))
	front.put(t, shared(nil, back.endpoint(1)))
	l := startLoad(t, "http://"+front.addr()+"/", "a.test", 4)
	for range 3 {
		sent := l.sent.Load()
		eventually(t, "requests pass", func() bool { return l.sent.Load() > sent+50 })
		old := p
		p, _ = spawnEdge(t, dir, withPeers)
		old.awaitExit(t)
	}
	l.requireLossless(t)
	status, err := control.NewClient(back.o.Socket).Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, back.at.Peer.Port, status.Peer.Port)
	require.WithinDuration(t, time.Now().Add(7*24*time.Hour), status.Peer.Until, time.Hour)
}
