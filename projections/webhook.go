package projections

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/domain/webhook"
)

// Webhook is an HTTP endpoint that is told of events. Its URL and secret are not shown.
type Webhook struct {
	ID        string   `json:"id"`
	ProjectID string   `json:"project_id,omitempty"`
	Name      string   `json:"name,omitempty"`
	Host      string   `json:"host"`
	Events    []string `json:"events"`
	Enabled   bool     `json:"enabled"`
	// Reason says why it is not enabled.
	Reason    string    `json:"reason,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	// PreviousSecretUntil is how long the secret before the last rotation signs, too.
	PreviousSecretUntil *time.Time `json:"previous_secret_until,omitempty"`
}

var webhooks = Table[Webhook]{Name: "webhook"}

func webhookModel() Model {
	return Model{Name: "webhook", Version: 2, Tables: []schema{webhooks}, Handlers: []Handler{
		on(func(_ context.Context, b *Batch, e Event[webhook.Created]) error {
			f := e.Fact
			webhooks.Insert(b, e.Recorded, f.WebhookID, Webhook{
				ID:        f.WebhookID,
				ProjectID: f.ProjectID,
				Name:      f.Name,
				Host:      f.Host,
				Events:    f.Events,
				Enabled:   true,
				CreatedAt: e.At,
			})
			return nil
		}),
		on(func(ctx context.Context, b *Batch, e Event[webhook.Changed]) error {
			return webhooks.Edit(ctx, b, e.Fact.WebhookID, func(w *Webhook) {
				w.Name, w.Host, w.Events = e.Fact.Name, e.Fact.Host, e.Fact.Events
			})
		}),
		on(func(ctx context.Context, b *Batch, e Event[webhook.SecretRotated]) error {
			return webhooks.Edit(ctx, b, e.Fact.WebhookID, func(w *Webhook) { w.PreviousSecretUntil = &e.Fact.PreviousUntil })
		}),
		on(func(ctx context.Context, b *Batch, e Event[webhook.Disabled]) error {
			return webhooks.Edit(ctx, b, e.Fact.WebhookID, func(w *Webhook) { w.Enabled, w.Reason = false, e.Fact.Reason })
		}),
		on(func(ctx context.Context, b *Batch, e Event[webhook.Enabled]) error {
			return webhooks.Edit(ctx, b, e.Fact.WebhookID, func(w *Webhook) { w.Enabled, w.Reason = true, "" })
		}),
		on(func(_ context.Context, b *Batch, e Event[webhook.Deleted]) error {
			webhooks.Delete(b, e.Fact.WebhookID)
			return nil
		}),
	}}
}

// Webhooks returns a page of an organization's webhooks, newest first, and the cursor of the next page.
func (q *Queries) Webhooks(ctx context.Context, org string, page PageRequest) ([]Webhook, string, error) {
	return pageOf(ctx, q, org, webhooks, nil, page.Limit, page.Cursor)
}

// Webhook returns one webhook.
func (q *Queries) Webhook(ctx context.Context, org, id string) (Webhook, error) {
	return one(ctx, q, org, webhooks, "webhook", id, `WHERE org_id = $1 AND id = $2`, org, id)
}
