package api

import (
	"context"
	"net/http"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/webhook"
	"github.com/syntra-dev/syntra/notify"
	notices "github.com/syntra-dev/syntra/notify/notice"
	channel "github.com/syntra-dev/syntra/notify/webhook"
)

func (a *API) webhookRoutes() {
	const tag = tagWebhooks
	route(a, op("listWebhooks", http.MethodGet, "/webhooks", tag, "List webhooks", "All webhooks of the organization, newest first."), a.listWebhooks)
	route(a, op("createWebhook", http.MethodPost, "/webhooks", tag, "Make a webhook", "Makes a webhook: from now on the events that it chose are sent to its URL. Its secret is in the answer, once.", status(http.StatusCreated)), a.createWebhook)
	route(a, op("getWebhook", http.MethodGet, "/webhooks/{id}", tag, "Show a webhook", "One webhook."), a.getWebhook)
	route(a, op("updateWebhook", http.MethodPatch, "/webhooks/{id}", tag, "Change a webhook", "Changes what is given; the rest stays."), a.updateWebhook)
	route(a, op("deleteWebhook", http.MethodDelete, "/webhooks/{id}", tag, "Delete a webhook", "Deletes a webhook with all its deliveries, also those that wait.", status(http.StatusNoContent)), a.deleteWebhook)
	route(a, op("rotateWebhookSecret", http.MethodPost, "/webhooks/{id}/rotate-secret", tag, "Rotate a webhook's secret", "Makes a new secret, which is in the answer, once. The one before signs beside it for 24 hours."), a.rotateWebhookSecret)
	route(a, op("testWebhook", http.MethodPost, "/webhooks/{id}/test", tag, "Test a webhook", "Sends a message of type webhook.test, waits a few seconds for the receiver, and answers how it went so far."), a.testWebhook)
	route(a, op("listDeliveries", http.MethodGet, "/webhooks/{id}/deliveries", tag, "List a webhook's deliveries", "Newest first. What has ended is kept for 30 days."), a.listDeliveries)
	route(a, op("redeliver", http.MethodPost, "/deliveries/{id}/redeliver", tag, "Redeliver a message", "Sends a message again under the same id, whatever became of it. One that waits is sent now."), a.redeliver)
}

type listDeliveriesInput struct {
	ByID
	Paging
	State notify.State `query:"state" enum:"pending,delivered,dead" doc:"Only those in this state."`
}

func (a *API) listDeliveries(ctx context.Context, in *listDeliveriesInput) (*answer[Page[notify.Delivery]], error) {
	org := identityOf(ctx).Organization
	if _, err := a.Queries.Webhook(ctx, org, in.ID); err != nil {
		return nil, err
	}
	rows, next, err := a.Outbox.Deliveries(ctx, org, notify.Query{
		Channel:     channel.Name,
		Destination: in.ID,
		State:       in.State,
		Limit:       in.Limit,
		Cursor:      in.Cursor,
	})
	if err != nil {
		return nil, err
	}
	return &answer[Page[notify.Delivery]]{Body: page(rows, next)}, nil
}

func (a *API) redeliver(ctx context.Context, in *ByID) (*answer[notify.Delivery], error) {
	d, err := a.Outbox.Redeliver(ctx, identityOf(ctx).Organization, in.ID)
	if err != nil {
		return nil, err
	}
	return &answer[notify.Delivery]{Body: d}, nil
}

func (a *API) testWebhook(ctx context.Context, in *ByID) (*answer[notify.Delivery], error) {
	who := identityOf(ctx)
	all, err := load[webhook.Webhooks](ctx, a, "webhook "+in.ID, webhook.Stream(who.Organization))
	if err != nil {
		return nil, err
	}
	hook, err := all.Get(in.ID)
	if err != nil {
		return nil, err
	}
	if hook.Disabled != "" {
		return nil, domain.Errorf(domain.Conflict, "webhook %s is disabled (%s): enable it first", in.ID, hook.Disabled).WithReason("disabled")
	}
	cmd, err := a.command(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	messageID := notify.MessageID(channel.Name, in.ID, cmd.ID)
	told, err := notices.Reader{Log: a.Log, Dashboard: a.PublicURL}.Test(ctx, who.Organization, messageID, cmd.Actor, a.now())
	if err != nil {
		return nil, err
	}
	payload, err := told.JSON()
	if err != nil {
		return nil, err
	}
	if _, err := a.Outbox.Enqueue(ctx, who.Organization, notify.New{
		Channel:     channel.Name,
		Destination: in.ID,
		Key:         cmd.ID,
		Type:        told.Type,
		Payload:     payload,
	}); err != nil {
		return nil, err
	}
	d, err := a.awaitTry(ctx, who.Organization, messageID)
	if err != nil {
		return nil, err
	}
	return &answer[notify.Delivery]{Body: d}, nil
}

// awaitTry waits, bounded, until a message was tried, and returns how it stands.
func (a *API) awaitTry(ctx context.Context, org, messageID string) (notify.Delivery, error) {
	const patience, every = 6 * time.Second, 50 * time.Millisecond
	tick := time.NewTicker(every)
	defer tick.Stop()
	late := time.After(patience)
	for {
		d, err := a.Outbox.Delivery(ctx, org, messageID)
		if err != nil || d.Attempts > 0 {
			return d, err
		}
		select {
		case <-ctx.Done():
			return d, ctx.Err()
		case <-late:
			return d, nil
		case <-tick.C:
		}
	}
}
