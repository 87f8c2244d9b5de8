package hub_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/hub/hubtest"
)

func TestAnAgentEnrolsAndIsBound(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	srv, token := p.AddServer("one")

	a, welcome := connect(t, r.URL, token, instance1)
	require.Equal(t, srv, welcome.ServerID)
	require.Equal(t, hubtest.Org, welcome.Organization)
	require.NotEmpty(t, welcome.Credential, "the join token is to be replaced")
	a.send(wire.TypeCredentialSet, wire.CredentialSet{})
	soon(t, "the credential is recorded", func() bool { return p.Server(srv).CredentialHash == hubtest.Hash(welcome.Credential) })
	require.Equal(t, []string{"server.registered", "server.enrolled", "server.connected", "server.credential_rotated"}, p.Events(srv))

	t.Run("a second installation with the same token is refused", func(t *testing.T) {
		status, problem := refused(t, r.URL, token, instance2)
		require.Equal(t, http.StatusConflict, status)
		require.Equal(t, "token_in_use", problem["reason"])
		require.Contains(t, problem["detail"], "syn server token one")
	})
	t.Run("so is one with a stolen credential", func(t *testing.T) {
		status, _ := refused(t, r.URL, welcome.Credential, instance2)
		require.Equal(t, http.StatusConflict, status)
	})
	t.Run("the first is still served, and comes back with its credential without getting another", func(t *testing.T) {
		_, again := connect(t, r.URL, welcome.Credential, instance1)
		require.Empty(t, again.Credential)
		require.Contains(t, a.closed(), wire.CloseReplaced)
	})
}

func TestStrangersGetAProblem(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	_, token := p.AddServer("one")
	for name, c := range map[string]struct {
		token, instance string
		status          int
		reason          string
	}{
		"unknown token":    {"syj_wrong", instance1, 401, "bad_token"},
		"no token":         {"", instance1, 401, "no_token"},
		"no installation":  {token, "", 400, "bad_instance"},
		"odd installation": {token, "../../../etc/passwd", 400, "bad_instance"},
	} {
		t.Run(name, func(t *testing.T) {
			status, problem := refused(t, r.URL, c.token, c.instance)
			require.Equal(t, c.status, status)
			require.Equal(t, c.reason, problem["reason"])
		})
	}
	t.Run("an agent that speaks another protocol is told which", func(t *testing.T) {
		conn, _, err := dial(r.URL, token, instance1)
		require.NoError(t, err)
		a := &wireAgent{t: t, conn: conn}
		a.send(wire.TypeHello, wire.Hello{Protocol: wire.Version + 1, Instance: instance1})
		require.Contains(t, a.closed(), "protocol")
	})
	t.Run("so is one that does not say hello", func(t *testing.T) {
		conn, _, err := dial(r.URL, token, instance1)
		require.NoError(t, err)
		a := &wireAgent{t: t, conn: conn}
		a.send(wire.TypeHeartbeat, wire.Heartbeat{})
		require.Contains(t, a.closed(), "hello")
	})
}

func TestARemovedServerIsCutOffAndRefused(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	srv, token := p.AddServer("one")
	a, _ := connect(t, r.URL, token, instance1)

	p.Change(srv, func(s *server.Server) ([]domain.Event, error) { return s.Remove() })

	require.Contains(t, a.closed(), wire.CloseRevoked)
	status, problem := refused(t, r.URL, token, instance1)
	require.Equal(t, http.StatusUnauthorized, status)
	require.Equal(t, "server_removed", problem["reason"])
}

func TestANewJoinTokenHandsTheServerToANewInstallation(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	srv, token := p.AddServer("one")
	a, _ := connect(t, r.URL, token, instance1)

	p.Change(srv, func(s *server.Server) ([]domain.Event, error) {
		return s.IssueJoinToken("syj_seco", hubtest.Hash("syj_second"))
	})

	require.Contains(t, a.closed(), wire.CloseRevoked)
	status, _ := refused(t, r.URL, token, instance1)
	require.Equal(t, http.StatusUnauthorized, status)
	_, welcome := connect(t, r.URL, "syj_second", instance2)
	require.Equal(t, srv, welcome.ServerID)
}

// The read model that knows tokens is a moment behind the log.
func TestATokenWorksAMomentBeforeTheReadModelKnowsIt(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	srv, token := p.AddServer("one")
	looks := 0
	r := p.Start("", func(o *hubOptions) {
		o.Lookup = func(ctx context.Context, hash string) (string, string, error) {
			if looks++; looks < 3 {
				return "", "", domain.Errorf(domain.Unauthorized, "not yet")
			}
			return p.Lookup(ctx, hash)
		}
	})
	_, welcome := connect(t, r.URL, token, instance1)
	require.Equal(t, srv, welcome.ServerID)
}

func TestCredentialsRotateWithoutAMomentInWhichTheAgentIsLockedOut(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	srv, token := p.AddServer("one")

	t.Run("the hub dies before the agent has said that the credential is on its disk: the join token goes on", func(t *testing.T) {
		a, first := connect(t, r.URL, token, instance1)
		require.NotEmpty(t, first.Credential)
		_ = a.conn.CloseNow()
		status, _ := refused(t, r.URL, first.Credential, instance1)
		require.Equal(t, http.StatusUnauthorized, status, "a credential that was never recorded opens nothing")
		_, again := connect(t, r.URL, token, instance1)
		require.NotEmpty(t, again.Credential)
		require.NotEqual(t, first.Credential, again.Credential)
	})

	a, w := connect(t, r.URL, token, instance1)
	a.send(wire.TypeCredentialSet, wire.CredentialSet{})
	soon(t, "recorded", func() bool { return p.Server(srv).CredentialHash == hubtest.Hash(w.Credential) })

	t.Run("an agent that lost the newest credential gets in with the one before, and gets a new one", func(t *testing.T) {
		p.Change(srv, func(s *server.Server) ([]domain.Event, error) { return s.RotateCredential(hubtest.Hash("sya_lost")) })
		_, again := connect(t, r.URL, w.Credential, instance1)
		require.NotEmpty(t, again.Credential)
	})
	t.Run("a credential that had its day is replaced, on a connection that stays too", func(t *testing.T) {
		other := p.Start("", func(o *hubOptions) { o.Replica, o.RotateEvery = "r2", hubtest.Heartbeat })
		b, w2 := connect(t, other.URL, w.Credential, instance1)
		b.send(wire.TypeCredentialSet, wire.CredentialSet{})
		soon(t, "recorded", func() bool { return p.Server(srv).CredentialHash == hubtest.Hash(w2.Credential) })
		later, err := wire.Decode[wire.Welcome](b.expect(wire.TypeWelcome))
		require.NoError(t, err)
		require.NotEmpty(t, later.Credential)
		b.send(wire.TypeCredentialSet, wire.CredentialSet{})
		soon(t, "recorded", func() bool { return p.Server(srv).CredentialHash == hubtest.Hash(later.Credential) })
	})
}
