package api_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/strategy"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
	"github.com/syntra-dev/syntra/upload"
)

// estate is a server, a project and a service.
type estate struct {
	server  api.NewServer
	project projections.Project
	service projections.Service
	// approval is the id of a pending one about the service.
	approval string
}

func (c *client) estate(slug string) estate {
	c.h.Helper()
	var e estate
	c.post("/servers", map[string]any{"name": slug}).want(201).into(&e.server)
	c.post("/projects", map[string]any{"slug": slug}).want(201).into(&e.project)
	c.post("/services", map[string]any{"project_id": e.project.ID, "server_id": e.server.ID, "slug": "web"}).want(201).into(&e.service)
	e.approval = c.askFor(e.service.ID, "service.operate")
	return e
}

func (c *client) upload(content string) upload.Upload {
	c.h.Helper()
	var up upload.Upload
	c.post("/uploads", archive(c.h.T, tar.Header{Name: "index.html"}, content)).want(201).into(&up)
	return up
}

func archive(t *testing.T, h tar.Header, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	gz := gzip.NewWriter(&out)
	tw := tar.NewWriter(gz)
	h.Mode, h.Size = 0o644, int64(len(content))
	require.NoError(t, tw.WriteHeader(&h))
	_, err := tw.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, tw.Close())
	require.NoError(t, gz.Close())
	return out.Bytes()
}

// release makes a release live as the workflow does.
func (h *house) release(serviceID string) string {
	h.Helper()
	ctx := context.Background()
	releaseID := id.New(id.Release)
	cmd := eventstore.Command{ID: id.New(id.Command), Organization: h.org, Actor: domain.System("test")}
	_, err := eventstore.Execute(ctx, h.log, release.Stream(releaseID), cmd, func(r *release.Release) ([]domain.Event, error) {
		return r.Create(release.Created{ReleaseID: releaseID, ServiceID: serviceID, Number: 1, Artifact: release.Artifact{Runtime: "process", Digest: "sha256:x"}})
	})
	require.NoError(h, err)
	res, err := eventstore.Execute(ctx, h.log, service.Stream(serviceID), cmd, func(s *service.Service) ([]domain.Event, error) {
		return s.ShiftTraffic(traffic.All(releaseID), id.New(id.Deployment))
	})
	require.NoError(h, err)
	require.NoError(h, h.runner.WaitFor(ctx, res.Position))
	return releaseID
}

func TestFromNothingToADeployment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var me api.Me
	h.owner.get("/me").want(200).into(&me)
	require.Equal(t, api.Me{
		User: api.Person{ID: h.user, Email: email, Name: "Ada"}, Organization: api.Org{ID: h.org, Slug: "acme", Name: "Acme"},
		Role: "owner", Projects: map[string]organization.Role{}, Version: "1.2.3",
	}, me)

	e := h.owner.estate("shop")
	require.Equal(t, "pending", e.server.State)
	require.Contains(t, e.server.Command, "syntra agent --url "+h.url+" --token syj_")
	require.Equal(t, "web-shop.localhost", e.service.Host)
	require.Equal(t, "empty", e.service.State)
	require.Empty(t, e.service.URL, "the server's edge has not been heard of")

	t.Run("its URL is where the server's edge is", func(t *testing.T) {
		cmd := eventstore.Command{ID: "connect", Organization: h.org, Actor: domain.System("test")}
		res, err := eventstore.Execute(context.Background(), h.log, server.PresenceStream(e.server.ID), cmd, func(p *server.Presence) ([]domain.Event, error) {
			return p.Connect(server.Connected{EdgeHTTP: 8081, Runtimes: []string{"process"}})
		})
		require.NoError(t, err)
		var got projections.Service
		h.owner.with("Syntra-Position", res.Position.String()).get("/services/" + e.service.ID).want(200).into(&got)
		require.Equal(t, "http://web-shop.localhost:8081", got.URL)
	})

	up := h.owner.upload("hello")
	var d projections.Deployment
	r := h.owner.post("/services/"+e.service.ID+"/deployments", map[string]any{
		"upload_id": up.ID, "commit": map[string]string{"sha": "abc", "branch": "main"},
	}).want(202).into(&d)
	require.NotEmpty(t, r.Header.Get("Syntra-Position"))
	require.Equal(t, deployment.Queued, d.Status)
	require.Equal(t, strategy.BlueGreen, d.Strategy.Kind, "the default")
	require.Equal(t, deployment.SourceRef{UploadID: up.ID, UploadDigest: up.Digest, Commit: release.Commit{SHA: "abc", Branch: "main"}}, d.Source)
	require.Contains(t, d.Actor, "tok_", "an API token acted")

	var list api.Page[projections.Deployment]
	h.owner.get("/deployments?service=" + e.service.ID + "&status=queued").want(200).into(&list)
	require.Len(t, list.Items, 1)
	h.owner.post("/deployments/"+d.ID+"/cancel", nil).want(202).into(&d)

	var trail api.Page[projections.Activity]
	h.owner.get("/activity?limit=2").want(200).into(&trail)
	require.Len(t, trail.Items, 2)
	require.Equal(t, "deployment.cancel_requested", trail.Items[0].Type)
	require.NotEmpty(t, trail.NextCursor)
	h.owner.get("/activity?limit=2&cursor=" + trail.NextCursor).want(200).into(&trail)
	require.Equal(t, "server.connected", trail.Items[0].Type)
}

func TestRollbackGoesToTheReleaseThatWasLiveBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	back := "/services/" + e.service.ID + "/rollback"
	h.owner.post(back, nil).problem(409, "conflict", "never_deployed")
	h.owner.post("/services/"+e.service.ID+"/deployments", map[string]any{"kind": "redeploy"}).problem(409, "conflict", "never_deployed")
	one := h.release(e.service.ID)
	h.owner.post(back, nil).problem(409, "conflict", "no_previous")
	two, three := h.release(e.service.ID), h.release(e.service.ID)

	target := func(body any) string {
		var d projections.Deployment
		h.owner.post(back, body).want(202).into(&d)
		require.Equal(t, deployment.Rollback, d.Kind)
		return d.TargetID
	}
	require.Equal(t, two, target(nil))
	require.Equal(t, two, target(map[string]any{}))
	require.Equal(t, one, target(map[string]any{"release_id": one}))
	h.owner.post(back, map[string]any{"release_id": three}).problem(409, "conflict", "already_live")
	h.owner.post(back, map[string]any{"release_id": id.New(id.Release)}).problem(404, "not_found", "")

	var d projections.Deployment
	h.owner.post("/services/"+e.service.ID+"/deployments", map[string]any{
		"kind": "redeploy", "strategy": map[string]any{"kind": "blue_green"},
	}).want(202).into(&d)
	require.Equal(t, deployment.Redeploy, d.Kind)
	require.Equal(t, strategy.BlueGreen, d.Strategy.Kind)
	require.Equal(t, deployment.Cancellable, d.Point)
	require.Equal(t, three, d.TargetID)

	other := h.owner.estate("blog")
	h.owner.post("/services/"+other.service.ID+"/rollback", map[string]any{"release_id": one}).problem(409, "conflict", "never_deployed")
	h.release(other.service.ID)
	h.owner.post("/services/"+other.service.ID+"/rollback", map[string]any{"release_id": one}).problem(404, "not_found", "")
}

func TestOperations(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	path := "/services/" + e.service.ID + "/operations"
	h.owner.post(path, map[string]any{"kind": "stop"}).problem(409, "conflict", "never_deployed")
	h.release(e.service.ID)
	var o projections.Operation
	h.owner.post(path, map[string]any{"kind": "scale", "replicas": 3}).want(202).into(&o)
	require.Equal(t, "requested", o.Status)
	var again projections.Operation
	h.owner.get(path + "/" + o.ID).want(200).into(&again)
	require.Equal(t, o, again)
	h.owner.post(path, map[string]any{"kind": "scale"}).problem(422, "invalid", "")
	h.owner.post(path, map[string]any{"kind": "explode"}).problem(422, "invalid", "bad_request")
	h.owner.post("/services/"+e.service.ID+"/resume", nil).want(200)
}
