package webhook

import (
	"time"

	"github.com/syntra-dev/syntra/domain/secret"
)

// Created makes a webhook. The URL and the secret that signs are in the vault: both open a door at the receiver.
type Created struct {
	WebhookID string `json:"webhook_id"`
	// ProjectID narrows it to what happens in one project; "" is the whole organization.
	ProjectID string `json:"project_id,omitempty"`
	Name      string `json:"name,omitempty"`
	// Host is the part of the URL that may be shown, with the port.
	Host   string     `json:"host"`
	Events []string   `json:"events"`
	URL    secret.Ref `json:"url"`
	Secret secret.Ref `json:"secret"`
}

// Changed replaces what a person can change.
type Changed struct {
	WebhookID string     `json:"webhook_id"`
	Name      string     `json:"name,omitempty"`
	Host      string     `json:"host"`
	Events    []string   `json:"events"`
	URL       secret.Ref `json:"url"`
}

// SecretRotated gives the webhook a new secret. Both sign until the previous one ends.
type SecretRotated struct {
	WebhookID     string     `json:"webhook_id"`
	Secret        secret.Ref `json:"secret"`
	Previous      secret.Ref `json:"previous"`
	PreviousUntil time.Time  `json:"previous_until"`
}

// Disabled stops it: a person wanted that, or its receiver said that it is gone.
type Disabled struct {
	WebhookID string `json:"webhook_id"`
	Reason    string `json:"reason"`
}

// Enabled lets it go on, with what happens from then on.
type Enabled struct {
	WebhookID string `json:"webhook_id"`
}

// Deleted removes it.
type Deleted struct {
	WebhookID string `json:"webhook_id"`
}

func (Created) EventType() string       { return "webhook.created" }
func (Changed) EventType() string       { return "webhook.changed" }
func (SecretRotated) EventType() string { return "webhook.secret_rotated" }
func (Disabled) EventType() string      { return "webhook.disabled" }
func (Enabled) EventType() string       { return "webhook.enabled" }
func (Deleted) EventType() string       { return "webhook.deleted" }
