package projections_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/projections"
)

type roles = map[string]organization.Role

// decide appends to the world's organization and waits for the read models.
func (w *world) decide(decide func(*organization.Organization) ([]domain.Event, error)) {
	w.t.Helper()
	tell(w, organization.Stream(w.org), decide)
	w.settle()
}

func (w *world) giveProjectRole(userID, projectID string, role organization.Role) {
	w.t.Helper()
	w.decide(func(o *organization.Organization) ([]domain.Event, error) {
		return o.GiveProjectRole(organization.Owner, userID, projectID, role)
	})
}

func TestTokensReachTheProjectsOfTheirUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.organization("usr_ada")
	w.user("usr_bob")
	w.decide(func(o *organization.Organization) ([]domain.Event, error) {
		return o.AddMember("usr_bob", organization.Guest)
	})
	w.giveProjectRole("usr_bob", "prj_shop", organization.Admin)
	w.token("usr_bob", user.TokenIssued{TokenID: "tok_s", Kind: user.Session, Name: "login", Hash: "session"})
	w.token("usr_bob", user.TokenIssued{TokenID: "tok_d", Kind: user.APIToken, Name: "ci", Hash: "ci", Role: organization.Developer})
	w.giveProjectRole("usr_bob", "prj_blog", organization.Viewer)
	who := func(hash string) projections.TokenIdentity {
		got, err := w.TokenByHash(w.ctx, hash)
		require.NoError(t, err)
		return got
	}
	require.Equal(t, organization.Guest, who("session").Role)
	require.Equal(t, roles{"prj_shop": organization.Admin, "prj_blog": organization.Viewer}, who("session").Projects)
	require.Equal(t, organization.Guest, who("ci").Role)
	require.Equal(t, roles{"prj_shop": organization.Developer, "prj_blog": organization.Viewer}, who("ci").Projects, "no more than the token")

	w.decide(func(o *organization.Organization) ([]domain.Event, error) {
		return o.TakeProjectRole(organization.Owner, "usr_bob", "prj_shop")
	})
	require.Equal(t, roles{"prj_blog": organization.Viewer}, who("session").Projects)
	w.decide(func(o *organization.Organization) ([]domain.Event, error) {
		return o.ChangeRole(organization.Owner, "usr_bob", organization.Owner)
	})
	require.Equal(t, organization.Owner, who("session").Role, "a session grows with its user")
	require.Equal(t, organization.Developer, who("ci").Role)
	rows, _, err := w.Tokens(w.ctx, w.org, "usr_bob", projections.PageRequest{})
	require.NoError(t, err)
	require.Equal(t, []string{"developer", "owner"}, []string{rows[0].Role, rows[1].Role})
}

func TestMembersAndTheirOrganizations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.of("org_b")
	w.organization("usr_ada")
	other.organization("usr_eve")
	for _, in := range []*world{w, other} {
		in.decide(func(o *organization.Organization) ([]domain.Event, error) {
			return o.AddMember("usr_bob", organization.Guest)
		})
	}
	w.giveProjectRole("usr_bob", "prj_shop", organization.Developer)

	first, next, err := w.Members(w.ctx, w.org, projections.PageRequest{Limit: 1})
	require.NoError(t, err)
	require.Equal(t, "usr_ada", first[0].UserID)
	rest, next, err := w.Members(w.ctx, w.org, projections.PageRequest{Limit: 1, Cursor: next})
	require.NoError(t, err)
	require.Empty(t, next)
	require.Equal(t, []projections.Member{{
		UserID: "usr_bob", Role: organization.Guest, Projects: roles{"prj_shop": organization.Developer}, Since: rest[0].Since,
	}}, rest)
	of := func(userID string) (out []string) {
		mine, err := w.Memberships(w.ctx, userID)
		require.NoError(t, err)
		for _, m := range mine {
			out = append(out, m.Organization+" "+m.Slug+" "+string(m.Role))
		}
		return out
	}
	require.Equal(t, []string{"org_a acme owner"}, of("usr_ada"))
	require.ElementsMatch(t, []string{"org_a acme guest", "org_b acme guest"}, of("usr_bob"))
	require.Empty(t, of("usr_nobody"))
	require.Empty(t, of(""))

	w.decide(func(o *organization.Organization) ([]domain.Event, error) {
		return o.RemoveMember(organization.Owner, "usr_bob")
	})
	require.Equal(t, []string{"org_b acme guest"}, of("usr_bob"))
}

func TestOpenInvitations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.organization("usr_ada")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, id := range []string{"inv_1", "inv_2", "inv_3"} {
		w.decide(func(o *organization.Organization) ([]domain.Event, error) {
			return o.Invite(organization.Owner, organization.Invited{
				InvitationID: id, InvitedBy: "usr_ada", Role: organization.Guest, Projects: roles{"prj_shop": organization.Viewer},
				TokenHash: "sesame", ExpiresAt: at.Add(time.Hour),
			}, at)
		})
	}
	w.decide(func(o *organization.Organization) ([]domain.Event, error) { return o.RevokeInvitation("inv_1") })
	w.decide(func(o *organization.Organization) ([]domain.Event, error) {
		return o.AcceptInvitation("inv_2", "sesame", "usr_bob", at)
	})
	open, _, err := w.Invitations(w.ctx, w.org, projections.PageRequest{})
	require.NoError(t, err)
	require.Equal(t, []projections.Invitation{{
		ID: "inv_3", Role: organization.Guest, Projects: roles{"prj_shop": organization.Viewer}, InvitedBy: "usr_ada",
		CreatedAt: open[0].CreatedAt, ExpiresAt: at.Add(time.Hour),
	}}, open)
	joined, err := w.Member(w.ctx, w.org, "usr_bob")
	require.NoError(t, err)
	require.Equal(t, roles{"prj_shop": organization.Viewer}, joined.Projects)
}

func TestListsAreNarrowedToProjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.organization("usr_ada")
	w.server("srv_1", "box")
	for _, x := range []string{"a", "b"} {
		w.project("prj_"+x, "project-"+x)
		w.service("svc_"+x, "web", "prj_"+x, "srv_1")
		w.setEnv("svc_"+x, []string{"MODE"}, nil)
		w.onDeployment("dep_"+x, func(d *deployment.Deployment) ([]domain.Event, error) {
			return d.Request(deployment.Requested{
				DeploymentID: "dep_" + x, ServiceID: "svc_" + x, ProjectID: "prj_" + x, Kind: deployment.Deploy,
				Source: deployment.SourceRef{UploadID: "upl_1"},
			})
		})
	}
	w.settle()
	for _, c := range []struct {
		within projections.ProjectIDs
		want   int
	}{{nil, 2}, {projections.ProjectIDs{}, 0}, {projections.ProjectIDs{"prj_a"}, 1}, {projections.ProjectIDs{"prj_a", "prj_b"}, 2}} {
		page := projections.PageRequest{Within: c.within}
		projects, _, err := w.Projects(w.ctx, w.org, page)
		require.NoError(t, err)
		require.Len(t, projects, c.want)
		services, _, err := w.Services(w.ctx, w.org, "", page)
		require.NoError(t, err)
		require.Len(t, services, c.want)
		deployments, _, err := w.Deployments(w.ctx, w.org, projections.DeploymentFilter{Within: c.within})
		require.NoError(t, err)
		require.Len(t, deployments, c.want)
	}
	services, _, err := w.Services(w.ctx, w.org, "prj_b", projections.PageRequest{Within: projections.ProjectIDs{"prj_a"}})
	require.NoError(t, err)
	require.Empty(t, services)
	lines, _, err := w.Activities(w.ctx, w.org, projections.ActivityFilter{Within: projections.ProjectIDs{"prj_a"}})
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, l := range lines {
		require.Equal(t, "prj_a", l.ProjectID)
		seen[l.Type] = true
	}
	for _, kind := range []string{"project.created", "service.created", "secret.changed", "deployment.requested"} {
		require.True(t, seen[kind], kind)
	}
}
