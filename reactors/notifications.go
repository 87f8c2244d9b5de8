package reactors

import (
	"context"
	"fmt"

	"github.com/syntra-dev/syntra/domain/webhook"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/notify"
	"github.com/syntra-dev/syntra/notify/notice"
	channel "github.com/syntra-dev/syntra/notify/webhook"
)

// Notifications are what the reactor of the same name needs.
type Notifications struct {
	Outbox *notify.Outbox
	// Vault keeps URLs and secrets of webhooks.
	Vault interface {
		Forget(ctx context.Context, org, owner string) error
	}
	// Dashboard is the base URL of its pages.
	Dashboard string
}

// notifier puts a message into the outbox for every webhook that wants to be told of an event. Who wants it is read from
// the log as it was at the event. A message is known by event and webhook, so reading an event again adds nothing.
type notifier struct {
	log *eventstore.Log
	to  Notifications
}

func notifications(o Options) definition {
	n := &notifier{log: o.Log, to: *o.Notifications}
	filter := eventstore.Filter{StreamPrefixes: append(notice.Streams(), webhook.Stream(""))}
	return definition{name: nameNotifications, filter: filter, handle: n.handle}
}

func (n *notifier) handle(ctx context.Context, r eventstore.Recorded) (acted bool, err error) {
	if r.Type == (webhook.Deleted{}).EventType() {
		return true, n.forget(ctx, r)
	}
	if notice.TypeOf(r.Type) == "" {
		return false, nil
	}
	hooks, err := n.webhooksAt(ctx, r)
	if err != nil || len(hooks) == 0 {
		return false, err
	}
	told, err := notice.Reader{Log: n.log, Dashboard: n.to.Dashboard}.Of(ctx, r)
	if err != nil || told == nil {
		return false, err
	}
	payload, err := told.JSON()
	if err != nil {
		return false, err
	}
	var messages []notify.New
	for _, w := range hooks {
		if told.For(w) {
			messages = append(messages, notify.New{
				Channel:     channel.Name,
				Destination: w.ID,
				Key:         told.ID,
				Type:        told.Type,
				Payload:     payload,
				Position:    uint64(r.Position),
				Trace:       r.Meta.Trace,
			})
		}
	}
	_, err = n.to.Outbox.Enqueue(ctx, r.Meta.Organization, messages...)
	return len(messages) > 0, err
}

// webhooksAt returns the webhooks that an event's organization had when it happened.
func (n *notifier) webhooksAt(ctx context.Context, at eventstore.Recorded) ([]webhook.Webhook, error) {
	stream, state := webhook.Stream(at.Meta.Organization), webhook.Webhooks{}
	for r, err := range n.log.Read(ctx, stream, 0) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", stream, err)
		}
		if r.Position > at.Position {
			break
		}
		e, err := n.log.Codec.Decode(r.Type, r.Version, r.Data)
		if err != nil {
			return nil, fmt.Errorf("read %s at revision %d: %w", stream, r.Revision, err)
		}
		state.Apply(e)
	}
	return state.All, nil
}

// forget deletes what is left of a webhook outside the log.
func (n *notifier) forget(ctx context.Context, r eventstore.Recorded) error {
	e, err := n.log.Codec.Decode(r.Type, r.Version, r.Data)
	if err != nil {
		return err
	}
	webhookID := e.(webhook.Deleted).WebhookID
	if err := n.to.Outbox.Forget(ctx, r.Meta.Organization, channel.Name, webhookID); err != nil {
		return err
	}
	return n.to.Vault.Forget(ctx, r.Meta.Organization, webhookID)
}
