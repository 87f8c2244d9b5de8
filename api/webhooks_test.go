package api_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	hooks "github.com/syntra-dev/syntra/domain/webhook"
	"github.com/syntra-dev/syntra/notify"
	"github.com/syntra-dev/syntra/notify/webhook"
	"github.com/syntra-dev/syntra/projections"
)

// receiver is somebody's HTTP endpoint.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []string // bodies
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, string(body))
		w.WriteHeader(r.status)
		fmt.Fprint(w, "seen")
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(status int) { r.mu.Lock(); r.status = status; r.mu.Unlock() }

func (r *receiver) bodies() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.got...)
}

// deliver runs the outbox's worker.
func (h *house) deliver() {
	h.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	channel := webhook.New(webhook.Options{Log: h.log, Vault: h.vault, Reach: webhook.Reach{Loopback: true}})
	go func() {
		ended <- h.outbox.Run(ctx, notify.Options{
			Channels:  map[string]notify.Channel{webhook.Name: channel},
			Logger:    slog.New(slog.DiscardHandler),
			WaitAfter: func(int) time.Duration { return time.Hour },
		})
	}()
	h.Cleanup(func() { cancel(); require.NoError(h, <-ended) })
}

// hook makes a webhook.
func (c *client) hook(url string, events ...string) (w api.NewWebhook) {
	c.h.Helper()
	c.post("/webhooks", map[string]any{"url": url, "events": events, "name": "Chat"}).want(201).into(&w)
	return w
}

// told makes a webhook and a delivery of it.
func (c *client) told(url string) (w api.NewWebhook, delivery string) {
	c.h.Helper()
	w = c.hook(url, hooks.All)
	var d notify.Delivery
	c.post("/webhooks/"+w.ID+"/test", nil).want(200).into(&d)
	return w, d.ID
}

func TestAWebhookIsMadeChangedAndDeleted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	keyed := h.owner.with("Idempotency-Key", "once")
	body := map[string]any{
		"url": "http://127.0.0.1:9/path-s3cret", "events": []string{hooks.ServerLost, hooks.DeploymentFailed}, "project_id": e.project.ID,
	}
	var made api.NewWebhook
	keyed.post("/webhooks", body).want(201).into(&made)
	require.Regexp(t, `^whsec_`, made.Secret)
	require.Equal(t, "127.0.0.1:9", made.Host)
	require.Equal(t, e.project.ID, made.ProjectID)
	require.Equal(t, []string{hooks.DeploymentFailed, hooks.ServerLost}, made.Events)
	require.True(t, made.Enabled)
	keyed.post("/webhooks", body).problem(409, "conflict", "shown_once")

	path := "/webhooks/" + made.ID
	var w projections.Webhook
	change := func(body map[string]any) projections.Webhook {
		h.owner.do("PATCH", path, body).want(200).into(&w)
		return w
	}
	require.Equal(t, "Pager", change(map[string]any{"name": "Pager"}).Name)
	require.Equal(t, []string{"*"}, change(map[string]any{"events": []string{"*"}}).Events)
	require.Equal(t, "127.0.0.1:10", change(map[string]any{"url": "http://127.0.0.1:10/s3cret", "enabled": false}).Host)
	require.False(t, w.Enabled)
	require.NotEmpty(t, w.Reason)
	require.True(t, change(map[string]any{"enabled": true}).Enabled)

	for body, reason := range map[string]string{
		`{"url":"http://10.0.0.1/"}`: "bad_url", `{"url":"ftp://example.com/"}`: "bad_url", `{"events":["nonsense"]}`: "bad_request",
	} {
		h.owner.do("PATCH", path, []byte(body)).problem(422, "invalid", reason)
	}
	h.owner.post("/webhooks", map[string]any{"url": "http://127.0.0.1/", "events": []string{"*"}, "project_id": "prj_none"}).
		problem(404, "not_found", "")

	var list api.Page[projections.Webhook]
	answers := string(h.owner.get("/webhooks").want(200).into(&list).body) + string(h.owner.get(path).want(200).body) + h.printed.String()
	require.Len(t, list.Items, 1)
	require.NotContains(t, answers, "s3cret", "a URL is shown nowhere, and logged nowhere")
	require.NotContains(t, answers, made.Secret)

	h.owner.do("DELETE", path, nil).want(204)
	h.owner.get(path).problem(404, "not_found", "")
	h.owner.do("DELETE", path, nil).problem(404, "not_found", "")
	for range hooks.Limit {
		h.owner.hook("http://127.0.0.1:9/", hooks.All)
	}
	h.owner.post("/webhooks", map[string]any{"url": "http://127.0.0.1:9/", "events": []string{"*"}}).problem(409, "conflict", "too_many")
}

func TestAWebhookIsTestedAndItsMessagesAreRedelivered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.deliver()
	r := newReceiver(t)
	w := h.owner.hook(r.URL, hooks.DeploymentFailed)
	path := "/webhooks/" + w.ID
	var d notify.Delivery
	h.owner.post(path+"/test", nil).want(200).into(&d)
	require.Equal(t, notify.Delivered, d.State)
	require.Equal(t, 200, d.AnswerStatus)
	require.Equal(t, "seen", d.Answer)
	require.Equal(t, []string{d.Payload}, r.bodies())
	require.Contains(t, d.Payload, `"type":"webhook.test"`)
	require.Contains(t, d.Payload, `"organization":{"id":"`+h.org+`","slug":"acme","name":"Acme"}`)

	r.answer(http.StatusInternalServerError)
	var failed notify.Delivery
	h.owner.post(path+"/test", nil).want(200).into(&failed)
	require.Equal(t, notify.Pending, failed.State, "it is tried again")
	require.Equal(t, 500, failed.AnswerStatus)
	require.NotNil(t, failed.NextAt)

	list := func(query string) (page api.Page[notify.Delivery]) {
		h.owner.get(path + "/deliveries?" + query).want(200).into(&page)
		return page
	}
	first := list("limit=1")
	require.Equal(t, failed.ID, first.Items[0].ID, "newest first")
	second := list("limit=1&cursor=" + first.NextCursor)
	require.Equal(t, d.ID, second.Items[0].ID)
	require.Empty(t, second.NextCursor)
	require.Empty(t, list("state=dead").Items)

	r.answer(http.StatusOK)
	h.owner.post("/deliveries/"+failed.ID+"/redeliver", nil).want(200)
	require.Eventually(t, func() bool {
		return len(list("state=delivered").Items) == 2
	}, time.Minute, 10*time.Millisecond)
	h.owner.post("/deliveries/msg_none/redeliver", nil).problem(404, "not_found", "")

	h.owner.do("PATCH", path, map[string]any{"enabled": false}).want(200)
	h.owner.post(path+"/test", nil).problem(409, "conflict", "disabled")
}

func TestAWebhooksSecretIsRotated(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.owner.hook("http://127.0.0.1:9/", hooks.All)
	var next api.NewWebhook
	keyed := h.owner.with("Idempotency-Key", "k")
	keyed.post("/webhooks/"+w.ID+"/rotate-secret", nil).want(200).into(&next)
	require.True(t, strings.HasPrefix(next.Secret, "whsec_"))
	require.NotEqual(t, w.Secret, next.Secret)
	require.WithinDuration(t, time.Now().Add(hooks.Overlap), *next.PreviousSecretUntil, time.Hour)
	keyed.post("/webhooks/"+w.ID+"/rotate-secret", nil).problem(409, "conflict", "shown_once")
	h.owner.post("/webhooks/whk_none/rotate-secret", nil).problem(404, "not_found", "")
}
