package reactors_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/approval"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/webhook"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/notify"
	"github.com/syntra-dev/syntra/reactors"
	"github.com/syntra-dev/syntra/vault"
)

// notified is a house whose reactors write to an outbox that nobody empties.
type notified struct {
	*activitytest.House
	t      *testing.T
	outbox *notify.Outbox
	vault  *vault.Vault
}

func newNotified(t *testing.T) *notified {
	t.Helper()
	h := activitytest.NewHouse(t)
	secrets, err := vault.Open(t.Context(), h.Pool, filepath.Join(t.TempDir(), "master.json"))
	require.NoError(t, err)
	activitytest.Tell(h, organization.Stream(h.Org), func(o *organization.Organization) ([]domain.Event, error) {
		return o.Create(h.Org, "acme", "Acme", "usr_ada")
	})
	activitytest.Tell(h, project.Stream(h.Project), func(p *project.Project) ([]domain.Event, error) {
		return p.Create(h.Project, "shop", "Shop")
	})
	return &notified{House: h, t: t, outbox: notify.NewOutbox(h.Pool), vault: secrets}
}

func (n *notified) start() (stop func()) {
	n.t.Helper()
	return start(n.t, n.House, &temporal{}, func(o *reactors.Options) {
		o.Notifications = &reactors.Notifications{Outbox: n.outbox, Vault: n.vault, Dashboard: "https://syntra.example.com/"}
	})
}

func (n *notified) hooks(decide func(*webhook.Webhooks) ([]domain.Event, error)) {
	n.t.Helper()
	activitytest.Tell(n.House, webhook.Stream(n.Org), decide)
}

func (n *notified) subscribe(projectID string, events ...string) (webhookID string) {
	n.t.Helper()
	webhookID = id.New(id.Webhook)
	n.hooks(func(s *webhook.Webhooks) ([]domain.Event, error) {
		return s.Create(webhook.Draft{ID: webhookID, ProjectID: projectID, Host: "example.com", Events: events})
	})
	return webhookID
}

func (n *notified) end(deploymentID string) {
	n.t.Helper()
	activitytest.Tell(n.House, deployment.Stream(deploymentID), func(*deployment.Deployment) ([]domain.Event, error) {
		step := deployment.StepRef{ID: "build", Kind: deployment.Build}
		return []domain.Event{deployment.Failed{Step: step, Code: "build_failed", Reason: "no such file"}}, nil
	})
}

// told returns the types of the messages for a webhook, oldest first.
func (n *notified) told(webhookID string) (types []string) {
	n.t.Helper()
	for _, d := range n.messages(webhookID) {
		types = append(types, d.Type)
	}
	return types
}

func (n *notified) messages(webhookID string) []notify.Delivery {
	n.t.Helper()
	page, _, err := n.outbox.Deliveries(context.Background(), n.Org, notify.Query{Channel: "webhook", Destination: webhookID})
	require.NoError(n.t, err)
	slices.Reverse(page)
	return page
}

func TestNotifications_tellEachWebhookWhatItWants(t *testing.T) {
	t.Parallel()
	n := newNotified(t)
	n.end(n.Request(deployment.Deploy, ""))
	all, failures := n.subscribe("", webhook.All), n.subscribe("", webhook.DeploymentFailed)
	here, elsewhere := n.subscribe(n.Project, webhook.All), n.subscribe("prj_other", webhook.All)
	still := n.subscribe("", webhook.All)
	n.hooks(func(s *webhook.Webhooks) ([]domain.Event, error) { return s.Disable(still, "on holiday") })
	dep := n.Request(deployment.Deploy, "")
	n.end(dep)
	n.presence(server.Connected{Hostname: "box"}, server.Connected{Hostname: "box2"}, server.Disconnected{Reason: "no heartbeat"}, server.Connected{})
	late := n.subscribe("", webhook.All)
	n.start()

	whole := []string{webhook.DeploymentRequested, webhook.DeploymentFailed, webhook.ServerLost, webhook.ServerBack}
	n.Await("all messages", func() bool { return slices.Equal(whole, n.told(all)) })
	require.Equal(t, []string{webhook.DeploymentFailed}, n.told(failures))
	require.Equal(t, whole[:2], n.told(here), "a server is in no project")
	for name, nobody := range map[string]string{"another project": elsewhere, "disabled": still, "made later": late} {
		require.Empty(t, n.told(nobody), name)
	}

	var got map[string]any
	failure := n.messages(failures)[0]
	require.NoError(t, json.Unmarshal([]byte(failure.Payload), &got))
	require.NotEmpty(t, got["id"])
	delete(got, "id")
	at, err := time.Parse(time.RFC3339Nano, got["at"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), at, time.Hour)
	delete(got, "at")
	require.Equal(t, map[string]any{
		"type":         webhook.DeploymentFailed,
		"organization": map[string]any{"id": n.Org, "slug": "acme", "name": "Acme"},
		"project":      map[string]any{"id": n.Project, "slug": "shop", "name": "Shop"},
		"service":      map[string]any{"id": n.Service, "slug": "web", "name": "Web"},
		"actor":        map[string]any{"kind": "user", "id": "usr_test"},
		"data": map[string]any{
			"deployment_id": dep, "kind": "deploy", "automatic": false,
			"step": "build", "code": "build_failed", "reason": "no such file",
		},
		"url": "https://syntra.example.com/deployments/" + dep,
	}, got)
}

// presence appends to the stream of the server's connections.
func (n *notified) presence(events ...domain.Event) {
	n.t.Helper()
	for _, e := range events {
		activitytest.Tell(n.House, server.PresenceStream(n.Server), func(*server.Presence) ([]domain.Event, error) {
			return []domain.Event{e}, nil
		})
	}
}

func TestNotifications_sayWhatHappenedToServicesAndApprovals(t *testing.T) {
	t.Parallel()
	n := newNotified(t)
	all := n.subscribe(n.Project, webhook.All)
	op := "op_1"
	activitytest.Tell(n.House, service.Stream(n.Service), func(s *service.Service) ([]domain.Event, error) {
		return []domain.Event{
			service.OperationSucceeded{OperationID: op, Kind: service.Scale, Replicas: 3},
			service.AutoDeployFrozen{Reason: "rolled back"},
			service.Deleted{},
		}, nil
	})
	activitytest.Tell(n.House, approval.Stream("apr_1"), func(*approval.Approval) ([]domain.Event, error) {
		return []domain.Event{
			approval.Requested{ApprovalID: "apr_1", Title: "Promote", Subject: approval.Subject{Kind: "deployment", ID: "dep_1", ProjectID: n.Project}},
			approval.Rejected{UserID: "usr_ada", Reason: "on Friday?"},
		}, nil
	})
	n.start()
	want := []string{
		webhook.ServiceOperationSucceeded, webhook.ServiceAutoDeployFrozen, webhook.ServiceDeleted,
		webhook.ApprovalRequested, webhook.ApprovalDecided,
	}
	n.Await("all messages", func() bool { return slices.Equal(want, n.told(all)) })
	messages := n.messages(all)
	require.Contains(t, messages[0].Payload, `"data":{"operation_id":"`+op+`","kind":"scale","replicas":3}`)
	require.Contains(t, messages[4].Payload, `"status":"rejected"`)
	require.Contains(t, messages[4].Payload, `"reason":"on Friday?"`)
	for _, m := range messages {
		require.Contains(t, m.Payload, `"project":{"id":"`+n.Project)
	}
}

func TestNotifications_aHugeEventIsToldInShort(t *testing.T) {
	t.Parallel()
	n := newNotified(t)
	all := n.subscribe("", webhook.All)
	huge := strings.Repeat("<\x01é\xff", 10_000) // "<" becomes six bytes of JSON, and \xff is no UTF-8
	activitytest.Tell(n.House, deployment.Stream("dep_huge"), func(*deployment.Deployment) ([]domain.Event, error) {
		commit := release.Commit{SHA: huge, Branch: huge, Subject: huge}
		return []domain.Event{
			deployment.Requested{DeploymentID: "dep_huge", ServiceID: n.Service, Source: deployment.SourceRef{Commit: commit}},
			deployment.Failed{Code: "build_failed", Reason: huge},
		}, nil
	})
	n.start()
	n.Await("both messages", func() bool { return len(n.told(all)) == 2 })
	for _, m := range n.messages(all) {
		require.LessOrEqual(t, len(m.Payload), notify.MaxPayload)
		require.True(t, json.Valid([]byte(m.Payload)))
		require.Contains(t, m.Payload, "…")
	}
}

func TestNotifications_anEventThatIsReadAgainIsToldOnce(t *testing.T) {
	t.Parallel()
	n := newNotified(t)
	all := n.subscribe("", webhook.All)
	n.end(n.Request(deployment.Deploy, ""))
	stop := n.start()
	n.Await("both messages", func() bool { return len(n.told(all)) == 2 })
	stop()
	_, err := n.Pool.Exec(t.Context(), `DELETE FROM reactor_checkpoint WHERE name = 'notifications'`)
	require.NoError(t, err)
	before := n.messages(all)
	last := n.Request(deployment.Deploy, "")
	n.start()
	n.Await("the new message", func() bool { return len(n.told(all)) == 3 })
	after := n.messages(all)
	require.Equal(t, before, after[:2])
	require.Contains(t, after[2].Payload, last)
}

func TestNotifications_nothingIsLeftOfADeletedWebhook(t *testing.T) {
	t.Parallel()
	n := newNotified(t)
	gone, other := n.subscribe("", webhook.All), n.subscribe("", webhook.All)
	for _, w := range []string{gone, other} {
		require.NoError(t, n.vault.Put(t.Context(), n.Org, w, map[secret.Ref]string{"secret:url@1": "https://example.com/s3cret"}))
	}
	n.Request(deployment.Deploy, "")
	n.start()
	n.Await("both are told", func() bool { return len(n.told(gone)) == 1 && len(n.told(other)) == 1 })
	n.hooks(func(s *webhook.Webhooks) ([]domain.Event, error) { return s.Delete(gone) })
	n.Await("its messages are gone", func() bool { return len(n.told(gone)) == 0 })
	url := map[string]secret.Ref{"url": "secret:url@1"}
	n.Await("its URL is gone", func() bool {
		_, err := n.vault.Get(t.Context(), n.Org, gone, url)
		return err != nil
	})
	_, err := n.vault.Get(t.Context(), n.Org, other, url)
	require.NoError(t, err)
	require.Len(t, n.told(other), 1)
}
