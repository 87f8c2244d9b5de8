package webhook

import (
	"slices"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/secret"
)

// Names of the values in the vault.
const (
	nameURL    = "url"
	nameSecret = "signing"
)

// Draft is what a person says of a new webhook.
type Draft struct {
	ID        string
	ProjectID string
	Name      string
	Host      string
	Events    []string
}

// Create makes a webhook. The caller stores URL and secret under the references of the event before it appends that.
func (s *Webhooks) Create(d Draft) ([]domain.Event, error) {
	if _, err := s.Get(d.ID); err == nil {
		return nil, domain.Errorf(domain.Conflict, "webhook %s exists already", d.ID)
	}
	if len(s.All) >= Limit {
		return nil, domain.Errorf(domain.Conflict,
			"the organization has %d webhooks already, which is the most: delete one first", Limit).WithReason("too_many")
	}
	if d.Host == "" {
		return nil, domain.Errorf(domain.Invalid, "a webhook needs a URL").WithReason("bad_url")
	}
	events, err := checkEvents(d.Events)
	if err == nil {
		err = domain.CheckName("webhook", d.Name)
	}
	if err != nil {
		return nil, err
	}
	return []domain.Event{Created{
		WebhookID: d.ID,
		ProjectID: d.ProjectID,
		Name:      d.Name,
		Host:      d.Host,
		Events:    events,
		URL:       secret.NewRef(nameURL, 1),
		Secret:    secret.NewRef(nameSecret, 1),
	}}, nil
}

// Edit is what a person wants changed; what is nil stays.
type Edit struct {
	Name   *string
	Events []string
	// Host is of a new URL, which the caller stores under the reference of the event.
	Host *string
}

// Change changes a webhook, and nothing where it is so already.
func (s *Webhooks) Change(id string, edit Edit) ([]domain.Event, error) {
	w, err := s.Get(id)
	if err != nil {
		return nil, err
	}
	next := Changed{WebhookID: id, Name: w.Name, Host: w.Host, Events: w.Events, URL: w.URL}
	if edit.Name != nil {
		next.Name = *edit.Name
	}
	if edit.Events != nil {
		if next.Events, err = checkEvents(edit.Events); err != nil {
			return nil, err
		}
	}
	if edit.Host != nil {
		next.Host, next.URL = *edit.Host, secret.NewRef(nameURL, w.urls+1)
	}
	if err := domain.CheckName("webhook", next.Name); err != nil {
		return nil, err
	}
	if next.Name == w.Name && next.URL == w.URL && slices.Equal(next.Events, w.Events) {
		return nil, nil
	}
	return []domain.Event{next}, nil
}

// RotateSecret gives a webhook a new secret. The one before signs for a while longer, so that the receiver can change
// without losing a message; the one before that ends at once.
func (s *Webhooks) RotateSecret(id string, now time.Time) ([]domain.Event, error) {
	w, err := s.Get(id)
	if err != nil {
		return nil, err
	}
	return []domain.Event{SecretRotated{
		WebhookID:     id,
		Secret:        secret.NewRef(nameSecret, w.secrets+1),
		Previous:      w.Secret,
		PreviousUntil: now.Add(Overlap).UTC(),
	}}, nil
}

// Disable stops a webhook. The reason is for the person who looks.
func (s *Webhooks) Disable(id, reason string) ([]domain.Event, error) {
	w, err := s.Get(id)
	if err != nil || w.Disabled != "" {
		return nil, err
	}
	return []domain.Event{Disabled{WebhookID: id, Reason: reason}}, nil
}

// Enable lets a webhook go on.
func (s *Webhooks) Enable(id string) ([]domain.Event, error) {
	w, err := s.Get(id)
	if err != nil || w.Disabled == "" {
		return nil, err
	}
	return []domain.Event{Enabled{WebhookID: id}}, nil
}

// Delete removes a webhook.
func (s *Webhooks) Delete(id string) ([]domain.Event, error) {
	if _, err := s.Get(id); err != nil {
		return nil, err
	}
	return []domain.Event{Deleted{WebhookID: id}}, nil
}
