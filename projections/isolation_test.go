package projections_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/domain/webhook"
	"github.com/syntra-dev/syntra/projections"
)

// twoOrganizations gives each a row of every read model.
func twoOrganizations(t *testing.T) (a, b *world) {
	a = newWorld(t)
	b = a.of("org_b")
	for i, w := range []*world{a, b} {
		x := string(rune('a' + i))
		w.organization("usr_" + x)
		w.user("usr_" + x)
		tell(w, organization.Stream(w.org), func(o *organization.Organization) ([]domain.Event, error) {
			return o.Invite(organization.Owner, organization.Invited{InvitationID: "inv_" + x, Role: organization.Viewer}, time.Now())
		})
		w.token("usr_"+x, user.TokenIssued{TokenID: "tok_" + x, Kind: user.APIToken, Name: "ci", Prefix: "syn_" + x, Hash: "token-" + x, Role: organization.Owner})
		w.server("srv_"+x, "box")
		w.project("prj_"+x, "shop")
		w.service("svc_"+x, "web", "prj_"+x, "srv_"+x)
		w.setEnv("svc_"+x, []string{"SECRET"}, nil)
		w.deploy("dep_"+x, "svc_"+x, "rel_"+x, 1)
		w.askFor("apr_"+x, "svc_"+x)
		tell(w, webhook.Stream(w.org), func(s *webhook.Webhooks) ([]domain.Event, error) {
			return s.Create(webhook.Draft{ID: "whk_" + x, Host: "example.com", Events: []string{webhook.All}})
		})
		w.onService("svc_"+x, func(s *service.Service) ([]domain.Event, error) {
			return s.RequestOperation(service.OperationRequested{OperationID: "op_" + x, Kind: service.Restart})
		})
	}
	a.settle()
	return a, b
}

func TestPostgresItselfKeepsOrganizationsApart(t *testing.T) {
	t.Parallel()
	a, _ := twoOrganizations(t)
	tables := append([]string{"projection_change"}, viewsIn("rm.")...)
	organizations := func(tx pgx.Tx, table string) []string {
		rows, err := tx.Query(a.ctx, `SELECT DISTINCT org_id FROM `+table+` ORDER BY 1`)
		require.NoError(t, err)
		orgs, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return orgs
	}
	for _, table := range tables {
		// A raw SELECT that names no organization sees nothing, also where an earlier transaction of the session did.
		a.asRole("", "", func(tx pgx.Tx) { require.Empty(t, organizations(tx, table), table) })
		a.asRole("syntra.org_id", "", func(tx pgx.Tx) { require.Empty(t, organizations(tx, table), table) })
		a.asRole("syntra.org_id", "org_c", func(tx pgx.Tx) { require.Empty(t, organizations(tx, table), table) })
		for _, org := range []string{"org_a", "org_b"} {
			a.asRole("syntra.org_id", org, func(tx pgx.Tx) { require.Equal(t, []string{org}, organizations(tx, table), table) })
		}
		// Whoever may read may not write.
		for _, q := range []string{`DELETE FROM ` + table, `UPDATE ` + table + ` SET org_id = 'org_a'`} {
			a.asRole("syntra.org_id", "org_a", func(tx pgx.Tx) {
				done, err := tx.Exec(a.ctx, q)
				require.NoError(t, err)
				require.Zero(t, done.RowsAffected(), q)
			})
		}
	}
	// The tables behind the views, lookups included, are bound too.
	var unbound []string
	a.asRole("", "", func(tx pgx.Tx) {
		rows, err := tx.Query(a.ctx, `SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname LIKE 'rm\_%' AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`)
		require.NoError(t, err)
		unbound, err = pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
	})
	require.Empty(t, unbound)

	// A hash or a server opens its own rows only.
	a.asRole("syntra.token_hash", "token-b", func(tx pgx.Tx) {
		require.Equal(t, []string{"org_b"}, organizations(tx, "rm.token"))
		require.Empty(t, organizations(tx, "rm.service"))
	})
	a.asRole("syntra.user_id", "usr_b", func(tx pgx.Tx) {
		require.Equal(t, []string{"org_b"}, organizations(tx, "rm.member"))
		require.Empty(t, organizations(tx, "rm.token"))
	})
	a.asRole("syntra.server_id", "srv_b", func(tx pgx.Tx) {
		require.Equal(t, []string{"org_b"}, organizations(tx, "rm.service"))
		require.Empty(t, organizations(tx, "rm.token"))
	})
}

func viewsIn(schema string) (out []string) {
	for _, v := range views {
		out = append(out, schema+v)
	}
	return out
}

func TestQueriesAnswerNothingOfAnotherOrganization(t *testing.T) {
	t.Parallel()
	a, b := twoOrganizations(t)
	q, ctx := a.Queries, a.ctx

	for name, query := range map[string]func(org string) error{
		"server":         func(org string) error { _, err := q.Server(ctx, org, "srv_b"); return err },
		"project":        func(org string) error { _, err := q.Project(ctx, org, "prj_b"); return err },
		"service":        func(org string) error { _, err := q.Service(ctx, org, "svc_b"); return err },
		"release":        func(org string) error { _, err := q.Release(ctx, org, "rel_b"); return err },
		"deployment":     func(org string) error { _, err := q.Deployment(ctx, org, "dep_b"); return err },
		"member":         func(org string) error { _, err := q.Member(ctx, org, "usr_b"); return err },
		"operation":      func(org string) error { _, err := q.Operation(ctx, org, "svc_b", "op_b"); return err },
		"server by name": func(org string) error { _, err := q.ServerByName(ctx, org, "box"); return err },
		"project by slug": func(org string) error {
			p, err := q.ProjectBySlug(ctx, org, "shop")
			if err == nil && org == b.org {
				require.Equal(t, "prj_b", p.ID)
			}
			return err
		},
	} {
		require.NoError(t, query(b.org), name)
		if name == "server by name" || name == "project by slug" { // both have one of that name
			require.Equal(t, domain.NotFound, domain.CodeOf(query("org_c")), name)
			continue
		}
		require.Equal(t, domain.NotFound, domain.CodeOf(query(a.org)), name)
	}

	servers, _, err := q.Servers(ctx, a.org, projections.PageRequest{})
	require.NoError(t, err)
	require.Len(t, servers, 1)
	require.Equal(t, "srv_a", servers[0].ID)
	services, _, err := q.Services(ctx, a.org, "prj_b", projections.PageRequest{})
	require.NoError(t, err)
	require.Empty(t, services)
	releases, _, err := q.Releases(ctx, a.org, "svc_b", 10, "")
	require.NoError(t, err)
	require.Empty(t, releases)
	deployments, _, err := q.Deployments(ctx, a.org, projections.DeploymentFilter{Service: "svc_b", Status: deployment.StatusSucceeded})
	require.NoError(t, err)
	require.Empty(t, deployments)
	variables, err := q.Variables(ctx, a.org, "svc_b")
	require.NoError(t, err)
	require.Empty(t, variables)
	tokens, _, err := q.Tokens(ctx, a.org, "usr_b", projections.PageRequest{})
	require.NoError(t, err)
	require.Empty(t, tokens)
	lines, _, err := q.Activities(ctx, a.org, projections.ActivityFilter{Limit: 200})
	require.NoError(t, err)
	for _, l := range lines {
		require.NotContains(t, l.Summary+l.Subject, "_b")
	}
	changes, complete, err := a.runner.ChangesSince(ctx, b.org, 1)
	require.NoError(t, err)
	require.True(t, complete)
	require.NotEmpty(t, changes)
	for _, c := range changes {
		require.Equal(t, b.org, c.Organization)
	}
}
