package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
)

// addServer makes a server and returns its id.
func (c *client) addServer(name string) string {
	c.h.Helper()
	var made api.NewServer
	c.post("/servers", map[string]any{"name": name}).want(201).into(&made)
	return made.ID
}

func targets(ids ...string) map[string]any {
	var list []map[string]any
	for _, id := range ids {
		list = append(list, map[string]any{"id": id})
	}
	return map[string]any{"targets": list}
}

func TestAPlacementIsRequestedAsADeployment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	second := h.owner.addServer("second")
	path := "/services/" + e.service.ID + "/placement"
	require.Equal(t, service.On(e.server.ID), e.service.Placement)

	var d projections.Deployment
	h.owner.do("PUT", path, targets(e.server.ID, second)).want(202).into(&d)
	require.Equal(t, deployment.Place, d.Kind)
	require.Equal(t, service.On(e.server.ID, second), d.Placement)

	for name, c := range map[string]struct {
		targets map[string]any
		status  int
		code    string
		reason  string
	}{
		"where it is":             {targets(e.server.ID), 409, "conflict", "already_placed"},
		"on a server of nobody's": {targets(id.New(id.Server)), 404, "not_found", ""},
		"twice on one server":     {targets(second, second), 422, "invalid", "bad_placement"},
		"with too many replicas": {map[string]any{"targets": []map[string]any{
			{"id": e.server.ID, "replicas": 20}, {"id": second, "replicas": 1},
		}}, 422, "invalid", "bad_placement"},
	} {
		t.Run(name, func(t *testing.T) {
			h.owner.in(t).do("PUT", path, c.targets).problem(c.status, c.code, c.reason)
		})
	}
}

func TestAServiceIsMadeOnSeveralServersAndHoldsThemAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.land("shop")
	second := h.owner.addServer("second")
	body := map[string]any{"project_id": e.project.ID, "slug": "web", "placement": targets(e.server.ID, second)["targets"]}
	var s projections.Service
	h.owner.post("/services", body).want(201).into(&s)
	require.Equal(t, service.On(e.server.ID, second), s.Placement)

	for _, server := range []string{e.server.ID, second} {
		h.owner.do("DELETE", "/servers/"+server, nil).problem(409, "conflict", "server_in_use")
	}
	h.owner.do("DELETE", "/services/"+s.ID, nil).want(204)
	for _, server := range []string{e.server.ID, second} {
		h.owner.do("DELETE", "/servers/"+server, nil).want(204)
	}

	body["server_id"] = e.server.ID
	h.owner.post("/services", body).problem(422, "invalid", "two_placements")
}
