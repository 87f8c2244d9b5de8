package main

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/cmd/syntra/version"
	"github.com/syntra-dev/syntra/notify"
	"github.com/syntra-dev/syntra/notify/webhook"
	"github.com/syntra-dev/syntra/reactors"
	"github.com/syntra-dev/syntra/vault"
)

// notifyOptions are those of what is told to receivers outside.
type notifyOptions struct {
	// WebhookReach is where webhooks may point to.
	WebhookReach webhook.Reach
}

func (o *notifyOptions) addNotifyFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.WebhookReach.Private, "webhook-allow-private", false,
		"webhooks may reach private networks, and http; leave it off where strangers have accounts")
}

// notifications is the platform's outbox with its channels.
type notifications struct {
	outbox  *notify.Outbox
	options notify.Options
	// reactor is what the reactor needs that fills the outbox.
	reactor reactors.Notifications
}

func newNotifications(
	o platformOptions, p *platform, pool *pgxpool.Pool, secrets *vault.Vault, metrics prometheus.Registerer,
) *notifications {
	n := &notifications{outbox: notify.NewOutbox(pool)}
	hooks := webhook.New(webhook.Options{Log: p.log, Vault: secrets, Reach: o.WebhookReach, Version: version.Version})
	n.options = notify.Options{
		Channels: map[string]notify.Channel{webhook.Name: hooks},
		Logger:   o.Logger,
		Metrics:  metrics,
	}
	n.reactor = reactors.Notifications{Outbox: n.outbox, Vault: secrets, Dashboard: p.URL}
	return n
}

// run delivers what is in the outbox until ctx ends.
func (n *notifications) run(ctx context.Context) error { return n.outbox.Run(ctx, n.options) }

// check is the outbox's part of /healthz.
func (n *notifications) check() api.Check {
	return api.Check{Name: "notifications", Probe: n.outbox.Healthy}
}
