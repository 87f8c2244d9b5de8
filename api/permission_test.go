package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/access"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
)

// described is what the walk needs of the OpenAPI description.
type described struct {
	OperationID string `json:"operationId"`
	Parameters  []struct{ Name, In string }
	Responses   map[string]any
}

// routes are all routes of the description, by operation id.
func routes(t *testing.T) map[string][2]string {
	t.Helper()
	raw, err := api.New(api.Options{}).Spec()
	require.NoError(t, err)
	var spec struct {
		Paths map[string]map[string]described
	}
	require.NoError(t, json.Unmarshal(raw, &spec))
	out := map[string][2]string{}
	for path, methods := range spec.Paths {
		for method, d := range methods {
			out[d.OperationID] = [2]string{strings.ToUpper(method), strings.TrimPrefix(path, "/api/v1")}
		}
	}
	return out
}

func TestEveryRouteHasItsPermissionAndEveryPermissionItsRoute(t *testing.T) {
	t.Parallel()
	all := routes(t)
	require.Len(t, all, len(api.Permissions))
	for name := range all {
		p, listed := api.Permissions[name]
		require.True(t, listed, name)
		_, forRole := access.Least(p.Action)
		require.NotEqual(t, p.Public, forRole, "%s: public, or for a role", name)
		require.NotEqual(t, p.Public, p.On != 0, "%s: public, or about something", name)
	}
}

// bodies are requests that fit the schema, so that only the permission can refuse them.
var bodies = map[string]string{
	"switchOrganization": `{"organization_id":"org_walk"}`, "updateMember": `{"role":"viewer"}`, "setProjectMember": `{"role":"viewer"}`,
	"createToken": `{"name":"walk","role":"guest"}`, "createServer": `{"name":"walk"}`, "createProject": `{"slug":"walk"}`,
	"updateProject": `{"name":"Walk"}`, "createService": `{"project_id":"PRJ","slug":"walk","server_id":"SRV"}`, "setConfig": `{}`,
	"placeService":    `{"targets":[{"id":"SRV"}]}`,
	"changeVariables": `{"set":{"A":"b"}}`, "createOperation": `{"kind":"stop"}`, "createDeployment": `{"upload_id":"UPL"}`, "rollback": `{}`,
	"createOrganization": `{"slug":"walk"}`, "updateOrganization": `{"name":"Walk"}`, "transferOwnership": `{"user_id":"usr_walk"}`,
	"createInvitation": `{"email":"walk@example.com","role":"viewer"}`, "acceptInvitation": `{}`, "registerInvited": `{"password":"walk"}`,
	"createWebhook": `{"url":"http://127.0.0.1:1/","events":["*"]}`, "updateWebhook": `{}`,
	"approve": `{"shown_digest":"` + shownDigest + `"}`, "reject": `{}`,
}

func TestEveryRouteWithEveryRole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	h.deliver()
	hook, delivery := h.owner.told(newReceiver(t).URL)
	up := h.owner.upload("x")
	clients := map[organization.Role]*client{}
	for _, role := range organization.Roles {
		clients[role] = h.as(role)
	}
	for name, route := range routes(t) {
		perm := api.Permissions[name]
		if perm.Public {
			continue
		}
		least, _ := access.Least(perm.Action)
		t.Run(name, func(t *testing.T) {
			call := func(c *client) *reply {
				path := strings.NewReplacer("{operation}", id.New("opr"), "/webhooks/{id}", "/webhooks/"+hook.ID,
					"/deliveries/{id}", "/deliveries/"+delivery, "{id}", e.of(name)).Replace(route[1])
				if name == "deleteWebhook" {
					path = "/webhooks/" + id.New(id.Webhook)
				}
				body := strings.NewReplacer("PRJ", e.project.ID, "SRV", e.server.ID, "UPL", up.ID).Replace(bodies[name])
				if name == "exec" {
					path += "?argv=ls"
				}
				return c.in(t).do(route[0], path, []byte(body))
			}
			before := h.head()
			call(h.client("")).problem(401, "unauthorized", "no_credentials")
			call(h.client("syn_nonsense")).problem(401, "unauthorized", "bad_token")
			for _, role := range organization.Roles {
				if !role.AtLeast(least) {
					call(clients[role]).problem(403, "forbidden", "role")
				}
			}
			require.Equal(t, before, h.head(), "who may not has changed nothing")
			if name == "logout" || strings.HasPrefix(name, "follow") {
				return // ends the walker's own token; never ends
			}
			// The weakest role that may is not stopped by its role; what else stops it (a thing gone in this walk) does not matter here.
			r := call(clients[least])
			require.NotContains(t, []int{401, 403, 500}, r.StatusCode, "%s", r.body)
		})
	}
}

// of is a thing that the route is about. Deletions get one that is not there.
func (e estate) of(route string) string {
	switch {
	case strings.HasPrefix(route, "delete"):
		return id.New("prj")
	case strings.Contains(route, "Server"):
		return e.server.ID
	case strings.HasSuffix(route, "Approval"), route == "approve", route == "reject":
		return e.approval
	case strings.Contains(route, "Project"):
		return e.project.ID
	}
	return e.service.ID
}

func TestAnotherOrganizationsThingsDoNotExist(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	up := h.owner.upload("x")
	h.release(e.service.ID)
	var d projections.Deployment
	h.owner.post("/services/"+e.service.ID+"/deployments", map[string]any{"upload_id": up.ID}).want(202).into(&d)
	var o projections.Operation
	h.owner.post("/services/"+e.service.ID+"/operations", map[string]any{"kind": "restart"}).want(202).into(&o)
	var tokens api.Page[projections.Token]
	h.owner.get("/tokens").want(200).into(&tokens)
	var invited api.NewInvitation
	h.owner.post("/organization/invitations", map[string]any{"email": "bob@example.com", "role": "viewer"}).want(201).into(&invited)
	h.deliver()
	hook, delivery := h.owner.told(newReceiver(t).URL)
	stranger := h.stranger()
	theirs := stranger.estate("theirs")

	things := map[string]string{
		"/servers/": e.server.ID, "/projects/": e.project.ID, "/services/": e.service.ID, "/deployments/": d.ID,
		"/approvals/": e.approval, "/tokens/": tokens.Items[0].ID, "/members/": h.user,
		"/organization/invitations/": invited.ID, "/webhooks/": hook.ID, "/deliveries/": delivery,
	}
	before := h.head()
	for name, route := range routes(t) {
		if !strings.Contains(route[1], "{id}") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			path := strings.Replace(route[1], "{operation}", o.ID, 1)
			for prefix, thing := range things {
				if strings.HasPrefix(path, prefix) {
					path = strings.Replace(path, "{id}", thing, 1)
				}
			}
			if name == "exec" {
				path += "?argv=ls"
			}
			body := strings.NewReplacer("UPL", up.ID).Replace(bodies[name])
			stranger.in(t).do(route[0], path, []byte(body)).problem(404, "not_found", "")
		})
	}
	for name, body := range map[string]map[string]any{
		"their project":          {"project_id": e.project.ID, "slug": "x", "server_id": theirs.server.ID},
		"their server":           {"project_id": theirs.project.ID, "slug": "x", "server_id": e.server.ID},
		"a project of nobody's":  {"project_id": id.New(id.Project), "slug": "x", "server_id": theirs.server.ID},
		"a stream's other names": {"project_id": "../" + e.project.ID, "slug": "x", "server_id": theirs.server.ID},
	} {
		t.Run(name, func(t *testing.T) { stranger.in(t).post("/services", body).problem(404, "not_found", "") })
	}
	t.Run("an invitation to their project", func(t *testing.T) {
		stranger.in(t).post("/organization/invitations", map[string]any{
			"email": "eve@example.com", "role": "guest", "projects": map[string]string{e.project.ID: "viewer"},
		}).problem(404, "not_found", "")
	})
	t.Run("their upload", func(t *testing.T) {
		stranger.post("/services/"+theirs.service.ID+"/deployments", map[string]any{"upload_id": up.ID}).problem(404, "not_found", "")
	})
	t.Run("an operation of another service", func(t *testing.T) {
		stranger.get("/services/"+theirs.service.ID+"/operations/"+o.ID).problem(404, "not_found", "")
	})
	require.Equal(t, before, h.head(), "nothing was written")
	t.Run("lists show nothing of it", func(t *testing.T) {
		for _, path := range []string{
			"/servers", "/projects", "/services", "/services?project=" + e.project.ID, "/deployments",
			"/deployments?service=" + e.service.ID, "/approvals", "/approvals?service=" + e.service.ID, "/activity",
			"/activity?service=" + e.service.ID, "/tokens", "/members", "/organizations", "/organization/invitations", "/webhooks",
		} {
			r := stranger.get(path).want(http.StatusOK)
			for _, thing := range things {
				require.NotContains(t, string(r.body), thing, path)
			}
		}
	})
}
