package notify

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// claimLock lets one replica claim at a time, so that none gives a destination more than it may have.
const claimLock = "syntra notify claim"

// claimDue leases messages that are due. A lane is the messages of one destination. The lanes are found by jumping from
// one to the next in the index, so that a lane with a hundred thousand messages costs no more than one with a single one.
const claimDue = `
WITH RECURSIVE jump AS (
	(SELECT destination FROM notify_message WHERE state = 'pending' ORDER BY destination LIMIT 1)
	UNION ALL
	SELECT (SELECT m.destination FROM notify_message m
		WHERE m.state = 'pending' AND m.destination > jump.destination ORDER BY m.destination LIMIT 1)
	FROM jump WHERE jump.destination IS NOT NULL
), lane AS (
	SELECT destination,
		CASE WHEN EXISTS (SELECT FROM notify_message m
			WHERE m.state = 'pending' AND m.attempts > 0 AND m.destination = jump.destination) THEN 1 ELSE $2 END
		- (SELECT count(*) FROM notify_message m
			WHERE m.lease IS NOT NULL AND m.next_at > now() AND m.destination = jump.destination) AS free
	FROM jump WHERE destination IS NOT NULL
), due AS (
	SELECT head.id FROM lane CROSS JOIN LATERAL (
		SELECT m.id, m.next_at FROM notify_message m
		WHERE m.state = 'pending' AND m.destination = lane.destination AND m.next_at <= now()
		ORDER BY m.next_at LIMIT greatest(lane.free, 0) FOR UPDATE SKIP LOCKED
	) head ORDER BY head.next_at LIMIT $1
)
UPDATE notify_message m SET lease = $3, next_at = now() + $4 FROM due WHERE m.id = due.id
RETURNING m.id, m.org_id, m.channel, m.destination, m.type, m.payload, m.attempts, m.trace`

// claim leases up to limit messages, at most each of one destination counting all replicas. It returns none where another
// replica claims at this moment.
func (o *Outbox) claim(ctx context.Context, limit, each int, lease time.Duration) (claimed []Message, err error) {
	token := uuid.NewString()
	err = o.scoped(ctx, settingWorker, "on", func(tx pgx.Tx) error {
		var ours bool
		err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))`, claimLock).Scan(&ours)
		if err != nil || !ours {
			return err
		}
		rows, err := tx.Query(ctx, claimDue, limit, each, token, lease)
		if err != nil {
			return err
		}
		claimed, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Message, error) {
			m := Message{lease: token}
			return m, row.Scan(&m.ID, &m.Organization, &m.Channel, &m.Destination, &m.Type, &m.Payload, &m.Attempts, &m.trace)
		})
		return err
	})
	return claimed, wrap("claim messages", err)
}
