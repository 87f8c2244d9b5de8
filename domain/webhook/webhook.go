// Package webhook is the HTTP endpoints of others that an organization wants to be told of its events. All webhooks of
// one organization share a stream, so that their number can be limited and the log says who was subscribed at any moment.
//
//	created ──► enabled ◄──► disabled
//	               └────► deleted ◄────┘
package webhook

import (
	"slices"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/secret"
)

// Stream names the stream of an organization's webhooks.
func Stream(organizationID string) string { return "webhook-" + organizationID }

// Limit is how many webhooks an organization has at most.
const Limit = 20

// Overlap is how long a rotated secret signs beside the new one.
const Overlap = 24 * time.Hour

// Webhook is one of them.
type Webhook struct {
	ID        string
	ProjectID string
	Name      string
	Host      string
	Events    []string
	// Disabled says why it stands still; "" while it does not.
	Disabled string
	// URL, Secret and Previous are references into the vault, under the webhook's id.
	URL           secret.Ref
	Secret        secret.Ref
	Previous      secret.Ref
	PreviousUntil time.Time

	urls, secrets int // how many there have been
}

// Wants reports whether the webhook is told of an event in a project ("" for one of the whole organization).
func (w Webhook) Wants(event, projectID string) bool {
	return w.Disabled == "" && (w.ProjectID == "" || w.ProjectID == projectID) &&
		(slices.Contains(w.Events, All) || slices.Contains(w.Events, event))
}

// Secrets returns the references of all secrets that sign at a moment, the newest first.
func (w Webhook) Secrets(now time.Time) []secret.Ref {
	if w.Previous != "" && now.Before(w.PreviousUntil) {
		return []secret.Ref{w.Secret, w.Previous}
	}
	return []secret.Ref{w.Secret}
}

// Webhooks are those of one organization, in the order of their making.
type Webhooks struct{ All []Webhook }

// Apply folds one event.
func (s *Webhooks) Apply(e domain.Event) {
	switch e := e.(type) {
	case Created:
		s.All = append(s.All, Webhook{
			ID:        e.WebhookID,
			ProjectID: e.ProjectID,
			Name:      e.Name,
			Host:      e.Host,
			Events:    e.Events,
			URL:       e.URL,
			Secret:    e.Secret,
			urls:      1,
			secrets:   1,
		})
	case Changed:
		s.edit(e.WebhookID, func(w *Webhook) {
			if e.URL != w.URL {
				w.urls++
			}
			w.Name, w.Host, w.Events, w.URL = e.Name, e.Host, e.Events, e.URL
		})
	case SecretRotated:
		s.edit(e.WebhookID, func(w *Webhook) {
			w.secrets++
			w.Secret, w.Previous, w.PreviousUntil = e.Secret, e.Previous, e.PreviousUntil
		})
	case Disabled:
		s.edit(e.WebhookID, func(w *Webhook) { w.Disabled = e.Reason })
	case Enabled:
		s.edit(e.WebhookID, func(w *Webhook) { w.Disabled = "" })
	case Deleted:
		s.All = slices.DeleteFunc(s.All, func(w Webhook) bool { return w.ID == e.WebhookID })
	}
}

func (s *Webhooks) edit(id string, change func(*Webhook)) {
	for i := range s.All {
		if s.All[i].ID == id {
			change(&s.All[i])
		}
	}
}

// Get returns a webhook of the organization.
func (s *Webhooks) Get(id string) (Webhook, error) {
	for _, w := range s.All {
		if w.ID == id {
			return w, nil
		}
	}
	return Webhook{}, domain.Errorf(domain.NotFound, "webhook %q does not exist", id)
}
