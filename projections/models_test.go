package projections_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/projections"
)

func TestServerFromTokenToRemoval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	on := func(decide func(*server.Server) ([]domain.Event, error)) projections.Server {
		tell(w, server.Stream("srv_1"), decide)
		w.settle()
		s, err := w.ServerByName(w.ctx, w.org, "box")
		require.NoError(t, err)
		return s
	}
	presence := func(decide func(*server.Presence) ([]domain.Event, error)) projections.Server {
		tell(w, server.PresenceStream("srv_1"), decide)
		return on(func(*server.Server) ([]domain.Event, error) { return nil, nil })
	}
	opens := func(hash string) bool {
		org, id, err := w.ServerByTokenHash(w.ctx, hash)
		if err != nil {
			require.Equal(t, domain.Unauthorized, domain.CodeOf(err))
			return false
		}
		require.Equal(t, []string{w.org, "srv_1"}, []string{org, id})
		return true
	}
	w.server("srv_0", "another")
	w.server("srv_1", "box")
	w.settle()
	s, err := w.Server(w.ctx, w.org, "srv_1")
	require.NoError(t, err)
	require.Equal(t, projections.ServerPending, s.State)
	require.True(t, opens("hash-srv_1"))
	require.False(t, opens(""))
	require.False(t, opens("guess"))

	on(func(s *server.Server) ([]domain.Event, error) { return s.Admit("inst_1", "hash-srv_1") })
	s = presence(func(p *server.Presence) ([]domain.Event, error) {
		return p.Connect(server.Connected{AgentVersion: "1.0", Hostname: "box.local", OS: "linux", Cores: 4, Runtimes: []string{"docker"}, EdgeHTTP: 8080})
	})
	require.Equal(t, projections.ServerOnline, s.State)
	require.Equal(t, []string{"docker"}, s.Runtimes)
	require.NotNil(t, s.ConnectedAt)
	on(func(s *server.Server) ([]domain.Event, error) { return s.RotateCredential("cred-1") })
	on(func(s *server.Server) ([]domain.Event, error) { return s.RotateCredential("cred-2") })
	require.True(t, opens("cred-2"))
	require.True(t, opens("cred-1"), "its answer may have been lost")
	s = presence(func(p *server.Presence) ([]domain.Event, error) { return p.Disconnect("no heartbeat") })
	require.Equal(t, projections.ServerOffline, s.State)
	require.Equal(t, "no heartbeat", s.Reason)

	on(func(s *server.Server) ([]domain.Event, error) { return s.IssueJoinToken("syj_new", "join-2") })
	require.True(t, opens("join-2"))
	require.False(t, opens("cred-2"), "the old agent is locked out")

	raw, err := json.Marshal(s)
	require.NoError(t, err)
	require.NotContains(t, string(raw), "hash", "no hash reaches the API")

	tell(w, server.Stream("srv_1"), func(s *server.Server) ([]domain.Event, error) { return s.Remove() })
	w.settle()
	require.False(t, opens("join-2"))
	all, _, err := w.Servers(w.ctx, w.org, projections.PageRequest{})
	require.NoError(t, err)
	require.Len(t, all, 1)
}

func TestTokenSpeaksForItsUserAsLongAsBothAreGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expires := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	w.organization("usr_ada")
	w.user("usr_bob")
	member := func(decide func(*organization.Organization) ([]domain.Event, error)) {
		tell(w, organization.Stream(w.org), decide)
		w.settle()
	}
	w.token("usr_bob", user.TokenIssued{TokenID: "tok_0", Kind: user.APIToken, Name: "early", Hash: "h0", Role: organization.Admin})
	w.settle()
	_, err := w.TokenByHash(w.ctx, "h0")
	require.Equal(t, domain.Unauthorized, domain.CodeOf(err), "bob is no member yet")

	member(func(o *organization.Organization) ([]domain.Event, error) {
		return o.AddMember("usr_bob", organization.Developer)
	})
	w.token("usr_bob", user.TokenIssued{TokenID: "tok_1", Kind: user.APIToken, Name: "ci", Prefix: "syn_x", Hash: "h1", Role: organization.Viewer, ExpiresAt: expires})
	w.settle()
	who, err := w.TokenByHash(w.ctx, "h1")
	require.NoError(t, err)
	require.Equal(t, projections.TokenIdentity{TokenID: "tok_1", UserID: "usr_bob", Organization: w.org, Role: organization.Viewer, Kind: user.APIToken, ExpiresAt: expires}, who)
	who, err = w.TokenByHash(w.ctx, "h0")
	require.NoError(t, err)
	require.Equal(t, organization.Developer, who.Role, "a token is no stronger than its user")
	member(func(o *organization.Organization) ([]domain.Event, error) {
		return o.AddMember("usr_bob", organization.Owner)
	})
	who, err = w.TokenByHash(w.ctx, "h0")
	require.NoError(t, err)
	require.Equal(t, organization.Admin, who.Role, "nor stronger than itself")

	rows, _, err := w.Tokens(w.ctx, w.org, "usr_bob", projections.PageRequest{})
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, projections.Token{ID: "tok_1", UserID: "usr_bob", Kind: "api", Name: "ci", Prefix: "syn_x", Role: "viewer", ExpiresAt: &expires, CreatedAt: rows[1].CreatedAt}, rows[1])

	tell(w, user.Stream("usr_bob"), func(u *user.User) ([]domain.Event, error) { return u.RevokeToken("tok_1") })
	w.settle()
	_, err = w.TokenByHash(w.ctx, "h1")
	require.Equal(t, domain.Unauthorized, domain.CodeOf(err), "revoked")

	member(func(o *organization.Organization) ([]domain.Event, error) {
		return o.RemoveMember(organization.Owner, "usr_bob")
	})
	member(func(o *organization.Organization) ([]domain.Event, error) {
		return o.AddMember("usr_bob", organization.Viewer)
	})
	_, err = w.TokenByHash(w.ctx, "h0")
	require.Equal(t, domain.Unauthorized, domain.CodeOf(err), "coming back does not revive old tokens")
	_, err = w.TokenByHash(w.ctx, "")
	require.Equal(t, domain.Unauthorized, domain.CodeOf(err))
}

func TestVariablesNameWhatIsSetWithoutItsValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.setEnv("svc_1", []string{"B", "A"}, nil)
	w.setEnv("svc_1", []string{"C", "A"}, []string{"B"})
	w.settle()
	rows, err := w.Variables(w.ctx, w.org, "svc_1")
	require.NoError(t, err)
	var got []string
	for _, v := range rows {
		got = append(got, v.Name)
		require.Equal(t, 2, v.Version)
	}
	require.Equal(t, []string{"A", "C"}, got)
	require.Equal(t, 2, w.seeService("svc_1").EnvVersion)
}

func TestProjectsCountTheirServices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.service("svc_2", "api", "prj_1", "srv_1")
	tell(w, project.Stream("prj_1"), func(p *project.Project) ([]domain.Event, error) { return p.Rename("The Shop") })
	w.project("prj_2", "blog")
	tell(w, project.Stream("prj_2"), func(p *project.Project) ([]domain.Event, error) { return p.Delete() })
	w.settle()
	rows, _, err := w.Projects(w.ctx, w.org, projections.PageRequest{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, "The Shop", rows[0].Name)
	require.Equal(t, 2, rows[0].Services)
	all, _, err := w.Services(w.ctx, w.org, "", projections.PageRequest{})
	require.NoError(t, err)
	require.Equal(t, []string{"api", "web"}, []string{all[0].Slug, all[1].Slug})
}

func TestActivityIsOneSentenceEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.organization("usr_ada")
	w.shop()
	w.setEnv("svc_1", []string{"PASSWORD"}, nil)
	w.setEnv("svc_1", []string{"MODE"}, []string{"PASSWORD"})
	w.deploy("dep_1", "svc_1", "rel_1", 1)
	w.request("dep_2", "svc_1", deployment.Rollback, "rel_1")
	w.onDeployment("dep_2", func(d *deployment.Deployment) ([]domain.Event, error) { return d.Fail("crashed", "it exited.") })
	w.user("usr_ada")
	w.token("usr_ada", user.TokenIssued{TokenID: "tok_1", Kind: user.APIToken, Name: "ci", Prefix: "syn_x", Hash: "sesame", Role: organization.Viewer})
	tell(w, user.Stream("usr_ada"), func(u *user.User) ([]domain.Event, error) { return u.RevokeToken("tok_1") })
	w.settle()

	rows, _, err := w.Activities(w.ctx, w.org, projections.ActivityFilter{Limit: 100})
	require.NoError(t, err)
	var got []string
	for i := len(rows) - 1; i >= 0; i-- {
		require.Equal(t, "user usr_ada", rows[i].Actor)
		require.NotContains(t, rows[i].Summary, "sesame")
		got = append(got, rows[i].Summary)
	}
	require.Equal(t, []string{
		"Organization acme was created.",
		"Server box was added.",
		"Project shop was created.",
		"Service shop/web was created on server box.",
		"The environment of service shop/web was changed (version 1): set PASSWORD.",
		"The environment of service shop/web was changed (version 2): set MODE; unset PASSWORD.",
		"A deployment of service shop/web was requested.",
		"Service shop/web now serves release #1.",
		"The deployment of service shop/web succeeded with release #1.",
		"A rollback of service shop/web to release #1 was requested.",
		"The deployment of service shop/web failed: it exited.",
		"usr_ada got an account.",
		`Token "ci" (syn_x…) was issued with role viewer.`,
		`Token "ci" was ended.`,
	}, got)
	require.Equal(t, "usr_ada", rows[0].Subject)

	w.service("svc_2", "api", "prj_1", "srv_1")
	w.request("dep_3", "svc_2", deployment.Deploy, "")
	w.settle()
	rows, next, err := w.Activities(w.ctx, w.org, projections.ActivityFilter{Service: "svc_1", Limit: 3})
	require.NoError(t, err)
	older, _, err := w.Activities(w.ctx, w.org, projections.ActivityFilter{Service: "svc_1", Limit: 100, Cursor: next})
	require.NoError(t, err)
	var ofService []string
	for _, row := range append(rows, older...) {
		ofService = append(ofService, row.Summary)
	}
	slices.Reverse(ofService)
	require.Equal(t, got[3:11], ofService, "a service's own history, its deployments' and its variables'")
}

func TestAClientResumesWhereItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.settle()
	seen, err := w.log.Head(w.ctx)
	require.NoError(t, err)

	changes, complete, err := w.runner.ChangesSince(w.ctx, w.org, seen)
	require.NoError(t, err)
	require.True(t, complete)
	require.Empty(t, changes)

	at := tell(w, project.Stream("prj_1"), func(p *project.Project) ([]domain.Event, error) { return p.Rename("Other") })
	w.settle()
	changes, complete, err = w.runner.ChangesSince(w.ctx, w.org, seen)
	require.NoError(t, err)
	require.True(t, complete)
	require.Equal(t, []projections.Change{
		{Position: at, Organization: w.org, Model: "activity", ID: at.String(), EventType: "project.renamed"},
		{Position: at, Organization: w.org, Model: "project", ID: "prj_1", EventType: "project.renamed"},
	}, changes)

	// What is no longer kept is not passed over in silence.
	_, complete, err = w.runner.ChangesSince(w.ctx, w.org, 0)
	require.NoError(t, err)
	require.False(t, complete)
}
