package notify

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/domain"
)

// columns are those of a Delivery, with seq before them.
const columns = `seq, id, destination, type, state, attempts, last_error, answer_status, answer, millis, payload,
	created_at, tried_at, CASE state WHEN 'pending' THEN next_at END, finished_at`

// stored is a message with its place in lists.
type stored struct {
	Delivery
	seq int64
}

func scan(row pgx.CollectableRow) (d stored, err error) {
	return d, row.Scan(&d.seq, &d.ID, &d.Destination, &d.Type, &d.State, &d.Attempts, &d.Error, &d.AnswerStatus, &d.Answer,
		&d.Millis, &d.Payload, &d.CreatedAt, &d.TriedAt, &d.NextAt, &d.FinishedAt)
}

// Query selects deliveries.
type Query struct {
	Channel, Destination string
	// State keeps those in one state; "" keeps all.
	State State
	// Limit is how many one page holds; 0 means 50, and 200 is the most.
	Limit int
	// Cursor is of the page before; "" asks for the first one.
	Cursor string
}

// Deliveries returns a page of an organization's messages, newest first, and the cursor of the next page.
func (o *Outbox) Deliveries(ctx context.Context, org string, q Query) (page []Delivery, next string, err error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	q.Limit = min(q.Limit, 200)
	before := int64(0)
	if q.Cursor != "" {
		if before, err = strconv.ParseInt(q.Cursor, 10, 64); err != nil || before <= 0 {
			return nil, "", domain.Errorf(domain.Invalid,
				"cursor %q is not one of ours: use next_cursor of the page before", q.Cursor).WithReason("bad_cursor")
		}
	}
	err = o.scoped(ctx, settingOrganization, org, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT `+columns+` FROM notify_message
			WHERE channel = $1 AND destination = $2 AND ($3 = '' OR state = $3) AND ($4 = 0 OR seq < $4)
			ORDER BY seq DESC LIMIT $5`, q.Channel, q.Destination, string(q.State), before, q.Limit+1)
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, scan)
		for i, d := range found {
			if i == q.Limit {
				next = strconv.FormatInt(found[i-1].seq, 10)
				break
			}
			page = append(page, d.Delivery)
		}
		return err
	})
	return page, next, wrap("list the messages of "+q.Destination, err)
}

// Delivery returns one message of an organization.
func (o *Outbox) Delivery(ctx context.Context, org, messageID string) (out Delivery, err error) {
	err = o.scoped(ctx, settingOrganization, org, func(tx pgx.Tx) error {
		out, err = deliveryOf(ctx, tx, messageID)
		return err
	})
	return out, wrap("read message "+messageID, err)
}

func deliveryOf(ctx context.Context, tx pgx.Tx, messageID string) (Delivery, error) {
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM notify_message WHERE id = $1`, messageID)
	if err != nil {
		return Delivery{}, err
	}
	d, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return Delivery{}, domain.Errorf(domain.NotFound, "delivery %q does not exist", messageID)
	}
	if err != nil {
		return Delivery{}, fmt.Errorf("read message %s: %w", messageID, err)
	}
	return d.Delivery, nil
}
