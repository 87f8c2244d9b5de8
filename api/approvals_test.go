package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/approval"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
)

// shownDigest is what every approval of these tests is about.
var shownDigest = strings.Repeat("5", 64)

// askFor requests an approval about a service, as a workflow of the client's organization would. It returns its id.
func (c *client) askFor(serviceID, action string) string {
	c.h.Helper()
	org, project := c.h.org, ""
	for r, err := range c.h.log.Read(context.Background(), service.Stream(serviceID), 0) {
		require.NoError(c.h, err)
		e, err := c.h.log.Codec.Decode(r.Type, r.Version, r.Data)
		require.NoError(c.h, err)
		if made, is := e.(service.Created); is {
			org, project = r.Meta.Organization, made.ProjectID
		}
	}
	asked := approval.Requested{
		ApprovalID:      id.New("apr"),
		Subject:         approval.Subject{Kind: "deployment", ID: id.New(id.Deployment), ProjectID: project, ServiceID: serviceID},
		Action:          action,
		Title:           "Promote release 8 of web",
		ArgumentsDigest: shownDigest,
		ShownDigest:     shownDigest,
		ExpiresAt:       time.Now().Add(time.Hour).UTC(),
	}
	_, err := eventstore.Execute(context.Background(), c.h.log, approval.Stream(asked.ApprovalID), eventstore.Command{
		ID: asked.ApprovalID, Organization: org, Actor: domain.Actor{Kind: domain.ActorWorkflow, ID: "deployment/dep_1"},
	}, func(a *approval.Approval) ([]domain.Event, error) { return a.Request(asked, time.Now()) })
	require.NoError(c.h, err)
	return asked.ApprovalID
}

func TestAPersonDecides(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	list := func(query string) (ids []string) {
		var page api.Page[projections.Approval]
		h.owner.with("Syntra-Position", h.head().String()).get("/approvals" + query).want(200).into(&page)
		for _, a := range page.Items {
			ids = append(ids, a.ID)
		}
		return ids
	}
	second := h.owner.askFor("svc_other", "service.operate")
	require.Equal(t, []string{second, e.approval}, list("?status=pending"), "newest first")
	require.Equal(t, []string{e.approval}, list("?service="+e.service.ID))

	t.Run("approves what was shown, once", func(t *testing.T) {
		path := "/approvals/" + e.approval
		other := map[string]any{"shown_digest": strings.Repeat("6", 64)}
		h.owner.in(t).post(path+"/approve", other).problem(409, "conflict", "shown_changed")
		var a projections.Approval
		h.owner.in(t).post(path+"/approve", map[string]any{"shown_digest": shownDigest}).want(200).into(&a)
		require.Equal(t, approval.StatusApproved, a.Status)
		require.NotEmpty(t, a.DecidedBy)
		require.NotNil(t, a.DecidedAt)
		h.owner.in(t).post(path+"/reject", map[string]any{}).problem(409, "conflict", "approved")
		require.Equal(t, []string{second}, list("?status=pending"))
	})
	t.Run("rejects with a reason", func(t *testing.T) {
		var a projections.Approval
		h.owner.in(t).post("/approvals/"+second+"/reject", map[string]any{"reason": "on Friday?"}).want(200).into(&a)
		require.Equal(t, approval.StatusRejected, a.Status)
		require.Equal(t, "on Friday?", a.Reason)
		require.Empty(t, list("?status=pending"))
	})
	t.Run("must be allowed to do the action itself", func(t *testing.T) {
		removal := h.owner.askFor(e.service.ID, "service.delete")
		developer := h.as(organization.Developer).in(t)
		developer.post("/approvals/"+removal+"/approve", map[string]any{"shown_digest": shownDigest}).problem(403, "forbidden", "role")
		nonsense := h.owner.askFor(e.service.ID, "world.end")
		h.owner.in(t).post("/approvals/"+nonsense+"/approve", map[string]any{"shown_digest": shownDigest}).
			problem(403, "forbidden", "unknown_action")
	})
}
