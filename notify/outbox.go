package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
)

// Outbox keeps messages until they are delivered or given up.
type Outbox struct {
	pool *pgxpool.Pool
	// wake tells the worker of this process that something is due.
	wake chan struct{}
}

// NewOutbox keeps messages in the platform's database.
func NewOutbox(pool *pgxpool.Pool) *Outbox { return &Outbox{pool: pool, wake: make(chan struct{}, 1)} }

// Settings that row-level security looks at.
const (
	settingOrganization = "syntra.org_id"
	settingWorker       = "syntra.notify_worker"
)

// scoped runs fn in a transaction that sees what the setting says.
func (o *Outbox) scoped(ctx context.Context, setting, value string, fn func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, o.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config($1, $2, true)`, setting, value); err != nil {
			return err
		}
		return fn(tx)
	})
}

// MessageID is the id of the message that tells a destination of a key. It is the same for ever, so that a receiver can
// tell a repetition.
func MessageID(channel, destination, key string) string {
	return id.Derived(id.Message, channel, destination, key)
}

// Enqueue puts an organization's messages into the outbox, and returns their ids. A message whose key its destination has
// heard of already is left as it is.
func (o *Outbox) Enqueue(ctx context.Context, org string, messages ...New) ([]string, error) {
	ids := make([]string, len(messages))
	var batch pgx.Batch
	for i, m := range messages {
		if org == "" || m.Channel == "" || m.Destination == "" || m.Key == "" {
			return nil, errors.New("notify: a message needs an organization, a channel, a destination and a key")
		}
		if size := len(m.Payload); size > MaxPayload {
			return nil, fmt.Errorf("notify: message %s for %s has %d bytes, at most %d are kept", m.Key, m.Destination, size, MaxPayload)
		}
		ids[i] = MessageID(m.Channel, m.Destination, m.Key)
		batch.Queue(`
			INSERT INTO notify_message (id, org_id, channel, destination, key, type, payload, position, trace)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING`,
			ids[i], org, m.Channel, m.Destination, m.Key, m.Type, m.Payload, int64(m.Position),
			cmp.Or(m.Trace, eventstore.CauseOf(ctx).Trace))
	}
	if len(messages) == 0 {
		return nil, nil
	}
	err := o.scoped(ctx, settingOrganization, org, func(tx pgx.Tx) error { return tx.SendBatch(ctx, &batch).Close() })
	if err != nil {
		return nil, fmt.Errorf("notify: enqueue %d messages of %s: %w", len(messages), org, err)
	}
	o.hurry()
	return ids, nil
}

// hurry makes the worker of this process look for due messages at once.
func (o *Outbox) hurry() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Redeliver makes a message due again, with all its tries before it. A message that is pending is tried now; one that is
// being delivered is left alone.
func (o *Outbox) Redeliver(ctx context.Context, org, messageID string) (Delivery, error) {
	var out Delivery
	err := o.scoped(ctx, settingOrganization, org, func(tx pgx.Tx) (err error) {
		if _, err = tx.Exec(ctx, `
			UPDATE notify_message
			SET state = 'pending', attempts = CASE state WHEN 'pending' THEN attempts ELSE 0 END, next_at = now(), finished_at = NULL
			WHERE id = $1 AND lease IS NULL`, messageID); err != nil {
			return err
		}
		out, err = deliveryOf(ctx, tx, messageID)
		return err
	})
	if err != nil {
		return out, wrap("redeliver "+messageID, err)
	}
	o.hurry()
	return out, nil
}

// Forget deletes all messages of a destination that does not exist any more.
func (o *Outbox) Forget(ctx context.Context, org, channel, destination string) error {
	err := o.scoped(ctx, settingOrganization, org, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM notify_message WHERE channel = $1 AND destination = $2`, channel, destination)
		return err
	})
	return wrap("forget the messages of "+destination, err)
}

// wrap says what failed, and leaves refusals as they are.
func wrap(what string, err error) error {
	if err == nil || domain.CodeOf(err) != "" {
		return err
	}
	return fmt.Errorf("notify: %s: %w", what, err)
}
