package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/webhook"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	channel "github.com/syntra-dev/syntra/notify/webhook"
	"github.com/syntra-dev/syntra/projections"
)

// NewWebhook is a webhook with the secret that signs its messages, which is shown once.
type NewWebhook struct {
	projections.Webhook
	Secret string `json:"secret" doc:"What messages are signed with. It is shown this once." example:"whsec_…"`
}

func (a *API) listWebhooks(ctx context.Context, in *Paging) (*answer[Page[projections.Webhook]], error) {
	rows, next, err := a.Queries.Webhooks(ctx, identityOf(ctx).Organization, in.request())
	if err != nil {
		return nil, err
	}
	return &answer[Page[projections.Webhook]]{Body: page(rows, next)}, nil
}

func (a *API) getWebhook(ctx context.Context, in *ByID) (*answer[projections.Webhook], error) {
	row, err := a.Queries.Webhook(ctx, identityOf(ctx).Organization, in.ID)
	if err != nil {
		return nil, err
	}
	return &answer[projections.Webhook]{Body: row}, nil
}

// webhookEvent is what a webhook can be told of, for the description.
type webhookEvent string

// Schema is called by huma.
func (webhookEvent) Schema(huma.Registry) *huma.Schema {
	return enum(append([]string{webhook.All}, webhook.Types...)...)
}

// chosen returns nil where nothing was said of events.
func chosen(events []webhookEvent) (out []string) {
	for _, e := range events {
		out = append(out, string(e))
	}
	return out
}

type createWebhookInput struct {
	Body struct {
		URL       string         `json:"url" minLength:"1" maxLength:"2000" doc:"Where messages are sent by POST. It is encrypted at once and never shown again: it may hold a secret." example:"https://example.com/hooks/syntra"`
		Events    []webhookEvent `json:"events" minItems:"1" maxItems:"50" doc:"What it is told of; \"*\" for everything." example:"[\"deployment.failed\"]"`
		ProjectID string         `json:"project_id,omitempty" maxLength:"64" doc:"Only what happens in this project; the whole organization where absent."`
		Name      string         `json:"name,omitempty" maxLength:"100" doc:"For people." example:"On-call chat"`
	}
}

func (a *API) createWebhook(ctx context.Context, in *createWebhookInput) (*written[NewWebhook], error) {
	b := in.Body
	host, err := a.WebhookReach.ParseURL(b.URL)
	if err != nil {
		return nil, err
	}
	if b.ProjectID != "" {
		of, err := load[project.Project](ctx, a, "project "+b.ProjectID, project.Stream(b.ProjectID))
		if err != nil {
			return nil, err
		}
		if of.Deleted {
			return nil, domain.Errorf(domain.NotFound, "project %s does not exist", b.ProjectID)
		}
	}
	// The host only: a fingerprint of the URL would let a reader of the database guess it.
	cmd, err := a.command(ctx, []any{host, b.Events, b.ProjectID, b.Name})
	if err != nil {
		return nil, err
	}
	draft := webhook.Draft{
		ID:        id.Derived(id.Webhook, cmd.ID),
		ProjectID: b.ProjectID,
		Name:      b.Name,
		Host:      host,
		Events:    chosen(b.Events),
	}
	signing := channel.NewSecret()
	res, err := a.changeWebhooks(ctx, cmd, draft.ID, func(s *webhook.Webhooks) ([]domain.Event, secretValues, error) {
		events, err := s.Create(draft)
		if err != nil {
			return nil, nil, err
		}
		made := events[0].(webhook.Created)
		return events, secretValues{made.URL: b.URL, made.Secret: signing}, nil
	})
	if err != nil {
		return nil, err
	}
	if res.Repeated {
		return nil, shownOnce("webhook")
	}
	return a.newWebhook(ctx, res, draft.ID, signing)
}

func (a *API) newWebhook(
	ctx context.Context, res eventstore.Result, webhookID, signing string,
) (*written[NewWebhook], error) {
	row, err := a.webhook(ctx, res, webhookID)
	if err != nil {
		return nil, err
	}
	return wrote(res, NewWebhook{Webhook: row, Secret: signing}), nil
}

func (a *API) webhook(ctx context.Context, res eventstore.Result, webhookID string) (projections.Webhook, error) {
	return readBack(ctx, a, res.Position, func(ctx context.Context) (projections.Webhook, error) {
		return a.Queries.Webhook(ctx, identityOf(ctx).Organization, webhookID)
	})
}

type updateWebhookInput struct {
	ByID
	Body struct {
		URL     *string        `json:"url,omitempty" minLength:"1" maxLength:"2000" doc:"A new URL, for messages from now on and those that wait."`
		Events  []webhookEvent `json:"events,omitempty" minItems:"1" maxItems:"50" doc:"What it is told of from now on."`
		Name    *string        `json:"name,omitempty" maxLength:"100" doc:"What people call it."`
		Enabled *bool          `json:"enabled,omitempty" doc:"False stops it; true lets it go on with what happens from then on."`
	}
}

func (a *API) updateWebhook(ctx context.Context, in *updateWebhookInput) (*written[projections.Webhook], error) {
	b := in.Body
	edit := webhook.Edit{Name: b.Name, Events: chosen(b.Events)}
	if b.URL != nil {
		host, err := a.WebhookReach.ParseURL(*b.URL)
		if err != nil {
			return nil, err
		}
		edit.Host = &host
	}
	cmd, err := a.command(ctx, []any{in.ID, edit, b.Enabled})
	if err != nil {
		return nil, err
	}
	res, err := a.changeWebhooks(ctx, cmd, in.ID, func(s *webhook.Webhooks) ([]domain.Event, secretValues, error) {
		events, err := s.Change(in.ID, edit)
		values := secretValues{}
		if err == nil && b.URL != nil {
			values[events[0].(webhook.Changed).URL] = *b.URL
		}
		var more []domain.Event
		if err == nil && b.Enabled != nil && *b.Enabled {
			more, err = s.Enable(in.ID)
		} else if err == nil && b.Enabled != nil {
			more, err = s.Disable(in.ID, "disabled by hand")
		}
		return append(events, more...), values, err
	})
	if err != nil {
		return nil, err
	}
	row, err := a.webhook(ctx, res, in.ID)
	if err != nil {
		return nil, err
	}
	return wrote(res, row), nil
}

func (a *API) deleteWebhook(ctx context.Context, in *ByID) (*done, error) {
	cmd, err := a.command(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	res, err := a.changeWebhooks(ctx, cmd, in.ID, func(s *webhook.Webhooks) ([]domain.Event, secretValues, error) {
		events, err := s.Delete(in.ID)
		return events, nil, err
	})
	if err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	return &done{Position: res.Position.String()}, nil
}

func (a *API) rotateWebhookSecret(ctx context.Context, in *ByID) (*written[NewWebhook], error) {
	cmd, err := a.command(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	signing := channel.NewSecret()
	res, err := a.changeWebhooks(ctx, cmd, in.ID, func(s *webhook.Webhooks) ([]domain.Event, secretValues, error) {
		events, err := s.RotateSecret(in.ID, a.now())
		if err != nil {
			return nil, nil, err
		}
		return events, secretValues{events[0].(webhook.SecretRotated).Secret: signing}, nil
	})
	if err != nil {
		return nil, err
	}
	if res.Repeated {
		return nil, domain.Errorf(domain.Conflict,
			"this request has rotated the secret already, which is shown only once: if the answer was lost, "+
				"rotate it again under a new %s",
			HeaderIdempotencyKey).WithReason("shown_once")
	}
	return a.newWebhook(ctx, res, in.ID, signing)
}

// secretValues are what goes into the vault, by the references that an event has.
type secretValues map[secret.Ref]string

// changeWebhooks appends a decision about an organization's webhooks. The values that it needs are in the vault before the
// event that refers to them, under one webhook's id; the lock keeps two requests from storing under the same reference.
func (a *API) changeWebhooks(ctx context.Context, cmd eventstore.Command, webhookID string,
	decide func(*webhook.Webhooks) ([]domain.Event, secretValues, error),
) (eventstore.Result, error) {
	stream := webhook.Stream(cmd.Organization)
	unlock, err := a.lockEnvironment(ctx, stream)
	if err != nil {
		return eventstore.Result{}, err
	}
	defer unlock()
	return eventstore.Execute(ctx, a.Log, stream, cmd, func(s *webhook.Webhooks) ([]domain.Event, error) {
		events, values, err := decide(s)
		if err != nil {
			return nil, err
		}
		return events, a.Vault.Put(ctx, cmd.Organization, webhookID, values)
	})
}
