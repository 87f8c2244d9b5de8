package notify

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// outcome is how one try went.
type outcome struct {
	state  State // after the try
	reason string
	answer Answer
	took   time.Duration
	// wait is how long until the next try, and pause how long the receiver wants no message at all.
	wait, pause time.Duration
}

// settle records the outcome of a try. A delivery counts even where the lease has run out meanwhile; a failure does not,
// since another worker may have delivered the message.
func (o *Outbox) settle(ctx context.Context, m Message, out outcome) error {
	err := o.scoped(ctx, settingWorker, "on", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE notify_message SET state = $3, attempts = attempts + 1, lease = NULL, tried_at = now(), next_at = now() + $4,
				finished_at = CASE WHEN $3 = 'pending' THEN NULL ELSE now() END,
				last_error = $5, answer_status = $6, answer = $7, millis = $8
			WHERE id = $1 AND state = 'pending' AND (lease = $2 OR $3 = 'delivered')`,
			m.ID, m.lease, string(out.state), out.wait, clean(out.reason, MaxAnswer), out.answer.Status,
			clean(out.answer.Body, MaxAnswer), out.took.Milliseconds())
		if err != nil || out.pause <= 0 || tag.RowsAffected() == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE notify_message SET next_at = greatest(next_at, now() + $2)
			WHERE destination = $1 AND state = 'pending' AND lease IS NULL`, m.Destination, out.pause)
		return err
	})
	return wrap("record the outcome of "+m.ID, err)
}

// giveBack ends a lease without an outcome: the worker stops before it knows of one.
func (o *Outbox) giveBack(ctx context.Context, m Message) error {
	err := o.scoped(ctx, settingWorker, "on", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE notify_message SET lease = NULL, next_at = now() WHERE id = $1 AND state = 'pending' AND lease = $2`, m.ID, m.lease)
		return err
	})
	return wrap("give "+m.ID+" back", err)
}

// prune deletes up to limit messages that ended longer than keep ago, and returns how many there were.
func (o *Outbox) prune(ctx context.Context, keep time.Duration, limit int) (deleted int64, err error) {
	err = o.scoped(ctx, settingWorker, "on", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			DELETE FROM notify_message WHERE id IN (SELECT id FROM notify_message
				WHERE state <> 'pending' AND finished_at < now() - $1::interval ORDER BY finished_at LIMIT $2)`, keep, limit)
		deleted = tag.RowsAffected()
		return err
	})
	return deleted, wrap("delete old messages", err)
}

// backlog is what waits in the outbox.
type backlog struct {
	pending, dead int64
	// late is how long the oldest due message has been waiting, and still is how long no message was tried while it did.
	late, still time.Duration
}

func (o *Outbox) backlog(ctx context.Context) (b backlog, err error) {
	err = o.scoped(ctx, settingWorker, "on", func(tx pgx.Tx) error {
		var late, idle float64
		err := tx.QueryRow(ctx, `
			SELECT count(*) FILTER (WHERE state = 'pending'), count(*) FILTER (WHERE state = 'dead'),
				coalesce(extract(epoch FROM now() - min(next_at) FILTER (WHERE state = 'pending' AND next_at <= now())), 0),
				coalesce(extract(epoch FROM now() - (SELECT max(tried_at) FROM notify_message)), 'infinity')
			FROM notify_message WHERE state <> 'delivered'`).Scan(&b.pending, &b.dead, &late, &idle)
		b.late = time.Duration(late * float64(time.Second))
		b.still = time.Duration(min(late, idle) * float64(time.Second))
		return err
	})
	return b, wrap("count messages", err)
}
