package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/access"
	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
)

// guest is another person who has a role in one project of the first organization, and nothing else there.
func (h *house) guest(projectID string, role organization.Role) *client {
	h.Helper()
	ctx, person, token := context.Background(), id.New(id.User), account.NewToken(account.APIPrefix)
	cmd := eventstore.Command{ID: id.New(id.Command), Organization: h.org, Actor: domain.System("test")}
	_, err := eventstore.Execute(ctx, h.log, organization.Stream(h.org), cmd, func(o *organization.Organization) ([]domain.Event, error) {
		return []domain.Event{
			organization.MemberAdded{UserID: person, Role: organization.Guest},
			organization.ProjectRoleGiven{UserID: person, ProjectID: projectID, Role: role},
		}, nil
	})
	require.NoError(h, err)
	res, err := eventstore.Execute(ctx, h.log, user.Stream(person), cmd, func(*user.User) ([]domain.Event, error) {
		return []domain.Event{user.Registered{UserID: person}, user.TokenIssued{
			TokenID: id.New(id.Token), OrganizationID: h.org, UserID: person, Kind: user.APIToken, Name: "t",
			Prefix: token.Prefix, Hash: token.Hash, Role: organization.Owner,
		}}, nil
	})
	require.NoError(h, err)
	require.NoError(h, h.runner.WaitFor(ctx, res.Position))
	return h.client(token.Value)
}

// busy is an estate where something has happened, and what names its things.
type busy struct {
	estate
	upload, deployment, operation, release string
}

func (h *house) busy(slug string) busy {
	h.Helper()
	b := busy{estate: h.owner.estate(slug)}
	b.upload = h.owner.upload(slug).ID
	b.release = h.release(b.service.ID)
	var d projections.Deployment
	h.owner.post("/services/"+b.service.ID+"/deployments", map[string]any{"upload_id": b.upload}).want(202).into(&d)
	var o projections.Operation
	h.owner.post("/services/"+b.service.ID+"/operations", map[string]any{"kind": "restart"}).want(202).into(&o)
	h.owner.do("PATCH", "/services/"+b.service.ID+"/env", map[string]any{"set": map[string]string{"A": "b"}}).want(200)
	b.deployment, b.operation = d.ID, o.ID
	return b
}

// call makes the request of a route on one of its things.
func (b busy) call(c *client, name string, route [2]string) *reply {
	thing := map[api.Subject]string{
		api.OnProject: b.project.ID, api.OnService: b.service.ID, api.OnDeployment: b.deployment, api.OnApproval: b.approval, api.OnOrganization: b.server.ID,
	}[api.Permissions[name].On]
	path := strings.NewReplacer("{operation}", b.operation, "{user}", c.h.user, "{id}", thing).Replace(route[1])
	if name == "exec" {
		path += "?argv=ls"
	}
	body := strings.NewReplacer("PRJ", b.project.ID, "SRV", b.server.ID, "UPL", b.upload).Replace(bodies[name])
	return c.do(route[0], path, []byte(body))
}

func TestEveryRouteWithAGuestOfAnotherProject(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mine, theirs := h.busy("mine"), h.busy("theirs")
	guest := h.guest(mine.project.ID, organization.Owner)
	hidden := []string{
		theirs.project.ID, theirs.service.ID, theirs.server.ID, theirs.deployment, theirs.operation, theirs.release, theirs.approval, "theirs",
	}
	before := h.head()
	for name, route := range routes(t) {
		perm := api.Permissions[name]
		if perm.Public {
			continue
		}
		t.Run(name, func(t *testing.T) {
			switch least, _ := access.Least(perm.Action); {
			case perm.On == api.OnProjects && route[0] == http.MethodGet:
				if name != "stream" {
					r := guest.in(t).do(route[0], route[1]+"?limit=200", nil).want(http.StatusOK)
					for _, thing := range hidden {
						require.NotContains(t, string(r.body), thing)
					}
					require.Contains(t, string(r.body), mine.project.ID)
				}
			case name == "createUpload":
				return // in no project
			case perm.On == api.OnOrganization && least == organization.Guest:
				return // one's own things
			default:
				r := theirs.call(guest.in(t), name, route)
				require.Contains(t, []int{403, 404}, r.StatusCode, "%s", r.body)
			}
		})
	}
	for _, query := range []string{
		"/services?project=" + theirs.project.ID, "/deployments?project=" + theirs.project.ID,
		"/deployments?service=" + theirs.service.ID, "/activity?service=" + theirs.service.ID,
	} {
		var rows api.Page[map[string]any]
		guest.get(query).want(200).into(&rows)
		require.Empty(t, rows.Items, query)
	}
	t.Run("nor through a thing of their own", func(t *testing.T) {
		c, own := guest.in(t), "/services/"+mine.service.ID
		c.get(own+"/operations/"+theirs.operation).problem(404, "not_found", "")
		c.post(own+"/rollback", map[string]any{"release_id": theirs.release}).problem(404, "not_found", "")
	})
	require.Equal(t, before, h.head(), "nothing was written")
}

func TestAGuestDoesInTheProjectWhatTheRoleAllows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mine := h.busy("mine")
	for _, role := range []organization.Role{organization.Viewer, organization.Developer, organization.Owner} {
		guest := h.guest(mine.project.ID, role)
		for name, route := range routes(t) {
			perm := api.Permissions[name]
			least, _ := access.Least(perm.Action)
			if perm.Public || perm.On == api.OnOrganization || strings.HasPrefix(name, "follow") || strings.HasPrefix(name, "delete") {
				continue
			}
			t.Run(string(role)+" "+name, func(t *testing.T) {
				r := mine.call(guest.in(t), name, route)
				if role.AtLeast(least) {
					require.NotContains(t, []int{401, 403, 404, 500}, r.StatusCode, "%s", r.body)
				} else {
					r.problem(403, "forbidden", "role")
				}
			})
		}
		t.Run(string(role)+" makes tokens of at most that role", func(t *testing.T) {
			var made api.NewToken
			guest.in(t).post("/tokens", map[string]any{"name": "ci"}).want(201).into(&made)
			require.Equal(t, string(role), made.Role)
			if role != organization.Owner {
				guest.in(t).post("/tokens", map[string]any{"name": "ci", "role": "owner"}).problem(403, "forbidden", "role")
			}
		})
	}
}

func TestAGuestFollowsTheOwnProjectOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *api.Options) { o.Breath = 20 * time.Millisecond })
	mine, theirs := h.busy("mine"), h.busy("theirs")
	guest := h.guest(mine.project.ID, organization.Viewer)
	for name, from := range map[string]string{"replayed": "?position=" + h.head().String(), "live": ""} {
		t.Run(name, func(t *testing.T) {
			act := func() {
				for _, b := range []busy{theirs, mine} {
					h.owner.do("PATCH", "/services/"+b.service.ID+"/env", map[string]any{"set": map[string]string{"A": "b"}}).want(200)
					h.owner.post("/services/"+b.service.ID+"/operations", map[string]any{"kind": "restart"}).want(202)
				}
				h.owner.do("PATCH", "/projects/"+mine.project.ID, map[string]any{"name": "Last " + name}).want(200)
			}
			if from != "" {
				act()
			}
			conn := guest.in(t).dial("/stream" + from)
			seen := map[string]bool{}
			for done := false; !done; {
				_, raw, err := conn.Read(conn.ctx)
				require.NoError(t, err)
				for _, thing := range []string{theirs.project.ID, theirs.service.ID, theirs.server.ID} {
					require.NotContains(t, string(raw), thing)
				}
				var m message
				require.NoError(t, json.Unmarshal(raw, &m))
				if m.Type == "hello" && from == "" {
					act()
				}
				seen[m.Model] = true
				done = m.ID == mine.project.ID && m.Model == "project"
			}
			for _, model := range []string{"variable", "service", "operation", "activity"} {
				require.True(t, seen[model], model)
			}
		})
	}
	t.Run("until the role is taken", func(t *testing.T) {
		conn := guest.in(t).dial("/stream")
		h.decide(func(o *organization.Organization) ([]domain.Event, error) {
			for person := range o.Projects {
				return o.TakeProjectRole(organization.Owner, person, mine.project.ID)
			}
			return nil, nil
		})
		var err error
		for err == nil {
			_, _, err = conn.Read(conn.ctx)
		}
		require.Equal(t, websocket.StatusPolicyViolation, websocket.CloseStatus(err))
	})
}

// decide appends to the first organization, and waits for the read models.
func (h *house) decide(decide func(*organization.Organization) ([]domain.Event, error)) {
	h.Helper()
	cmd := eventstore.Command{ID: id.New(id.Command), Organization: h.org, Actor: domain.System("test")}
	res, err := eventstore.Execute(context.Background(), h.log, organization.Stream(h.org), cmd, decide)
	require.NoError(h, err)
	require.NoError(h, h.runner.WaitFor(context.Background(), res.Position))
}
