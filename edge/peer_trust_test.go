package edge_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/authority"
	"github.com/syntra-dev/syntra/edge/control"
)

// knock sends a peer's request to an edge's peer port with a certificate, or without one, and returns the answer.
func knock(t *testing.T, m *member, i *control.Identity) (*http.Response, error) {
	t.Helper()
	config := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // who asks here is what is tested
	if i != nil {
		pair, err := tls.X509KeyPair([]byte(i.Certificate), []byte(i.Key))
		require.NoError(t, err)
		config.Certificates = []tls.Certificate{pair}
	}
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", m.endpoint(1).Address, config)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return ask(c)
}

func ask(c net.Conn) (*http.Response, error) {
	_, err := fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: a.test\r\nSyntra-Peer-Service: svc_a\r\nSyntra-Peer-Release: rel_1\r\n\r\n")
	if err != nil {
		return nil, err
	}
	return http.ReadResponse(bufio.NewReader(c), nil)
}

func TestThePeerPortIsForServersOfTheOrganizationAlone(t *testing.T) {
	t.Parallel()
	f, others := newFleet(t, "org_1"), newFleet(t, "org_2")
	back := f.start(t, "srv_back")
	reached := make(chan struct{}, 16)
	s := shared([]string{"srv_friend"}, at(backend(t, "a", func(http.ResponseWriter, *http.Request) { reached <- struct{}{} }))...)
	other := service("svc_b", "b.test")
	other.Peers = []string{"srv_elsewhere"}
	back.put(t, s)
	back.put(t, other)
	now := time.Now()
	identity := func(f *fleet, server string, at time.Time) *control.Identity {
		i := f.identity(t, server, at)
		return &i
	}
	impostor, err := authority.New("org_1", now) // the right name, signed by somebody else
	require.NoError(t, err)
	for who, i := range map[string]*control.Identity{
		"a stranger without a certificate":             nil,
		"a server of another organization":             identity(others, "srv_friend", now),
		"a server that says it is of the organization": identity(&fleet{impostor, "org_1"}, "srv_friend", now),
		"a server whose certificate has ended":         identity(f, "srv_friend", now.Add(-authority.Lifetime-time.Minute)),
		"a server that was removed":                    identity(f, "srv_gone", now),
	} {
		_, err := knock(t, back, i)
		require.Error(t, err, who)
	}
	resp, err := knock(t, back, identity(f, "srv_elsewhere", now))
	require.NoError(t, err)
	require.Equal(t, 403, resp.StatusCode, "a peer of another service only")
	require.Empty(t, reached, "none of them reached the replica")

	resp, err = knock(t, back, identity(f, "srv_friend", now))
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode)
	require.Len(t, reached, 1)
}

func TestAServerThatIsRemovedLosesItsOpenConnections(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "org_1")
	back := f.start(t, "srv_back")
	replica := at(backend(t, "a", nil))
	back.put(t, shared([]string{"srv_friend"}, replica...))
	i := f.identity(t, "srv_friend", time.Now())
	pair, err := tls.X509KeyPair([]byte(i.Certificate), []byte(i.Key))
	require.NoError(t, err)
	c, err := tls.Dial("tcp", back.endpoint(1).Address, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}}) //nolint:gosec // as above
	require.NoError(t, err)
	defer c.Close()
	resp, err := ask(c)
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode)

	back.put(t, shared(nil, replica...))

	resp, err = ask(c)
	require.NoError(t, err)
	require.Equal(t, 403, resp.StatusCode)
	require.True(t, resp.Close)
}

func TestAnEdgeTalksOnlyToTheServerThatItMeant(t *testing.T) {
	t.Parallel()
	f, others := newFleet(t, "org_1"), newFleet(t, "org_2")
	front := f.start(t, "srv_front")
	for who, m := range map[string]*member{
		"another server of the organization": f.start(t, "srv_other"),
		"a server of another organization":   others.start(t, "srv_back"),
		"an edge without a certificate":      {start(t, withPeers), "srv_back"},
	} {
		m.put(t, shared([]string{"srv_front"}, at(backend(t, "wrong", nil))...))
		meant := m.endpoint(1)
		meant.Server = "srv_back"
		front.put(t, shared(nil, meant))
		resp, body := front.do(t, "GET", "a.test", "/", nil)
		require.Equal(t, 502, resp.StatusCode, who)
		require.NotContains(t, body, "wrong", who)
	}
}

func TestPeersWordsMeanNothingAtThePublicDoor(t *testing.T) {
	t.Parallel()
	e := start(t, withPeers)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", seen))))
	e.put(t, service("svc_b", "b.test", pool("rel_2", backend(t, "b", nil))))
	for _, spelling := range []string{"Syntra-Peer-Service", "syntra-peer-service", "SYNTRA-PEER-SERVICE"} {
		resp, body := e.do(t, "OPTIONS", "a.test", "/", nil, spelling, "svc_b", "Syntra-Peer-Release", "rel_2",
			"Syntra-Peer-Greeting", "1", "Syntra-Peer-Unserved", "really")
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, "a", resp.Header.Get("Replica"))
		require.NotContains(t, body, "Peer")
	}
}

func TestAnIdentityThatCannotBeUsedIsRefusedAndTheOldOneStays(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "org_1")
	m := f.start(t, "srv_1")
	good := f.identity(t, "srv_2", time.Now())
	for what, i := range map[string]control.Identity{
		"nothing":            {},
		"another's key":      {Certificate: good.Certificate, Key: f.identity(t, "srv_2", time.Now()).Key, Authority: good.Authority},
		"no authority":       {Certificate: good.Certificate, Key: good.Key},
		"an authority's own": {Certificate: good.Authority, Key: good.Key, Authority: good.Authority},
	} {
		err := m.PutIdentity(t.Context(), i)
		var said *control.Error
		require.ErrorAs(t, err, &said, what)
		require.Equal(t, control.CodeInvalid, said.Code, what)
	}
	status, err := m.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, "srv_1", status.Peer.Server)
	require.WithinDuration(t, time.Now().Add(authority.Lifetime), status.Peer.Until, time.Minute)
}
