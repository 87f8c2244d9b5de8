package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// afterGrace gives a lost agent up unless it has come back.
func (h *Hub) afterGrace(l *link) {
	timer := time.NewTimer(h.opts.Grace)
	defer timer.Stop()
	for waiting := true; waiting; {
		current, changed := h.linkOf(l.server)
		h.mu.Lock()
		closing := h.closing
		h.mu.Unlock()
		if current != nil || closing {
			return // back already; or this replica goes, and the agent finds another
		}
		select {
		case <-changed:
		case <-timer.C:
			waiting = false
		}
	}
	h.mu.Lock()
	if h.links[l.server] == nil {
		delete(h.lost, l.server)
	}
	blind := h.sight.blind(h.opts.Heartbeat)
	h.mu.Unlock()
	if blind {
		return // it cannot come back while nothing can be written: the sweep judges it later
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := h.rows.giveUp(ctx, l.server, l.session, "the connection was lost", nil); err != nil {
		h.log.Warn("hub: cannot record that an agent is gone; the next look for lost agents will", "server", l.server, "error", err)
	}
}

// sweep gives up agents of any replica that have not been heard of, and finishes announcements that a crash cut short.
// A server that cannot be announced does not keep the others waiting.
func (h *Hub) sweep(ctx context.Context) error {
	h.mu.Lock()
	cutoff, ok := h.sight.sweepBefore(h.lease())
	h.mu.Unlock()
	if !ok {
		return nil
	}
	found, err := h.rows.overdue(ctx, cutoff, h.opts.Heartbeat)
	if err != nil {
		return err
	}
	var failed []error
	for _, f := range found {
		if f.Lost {
			err = h.rows.giveUp(ctx, f.Server, f.Session, fmt.Sprintf("nothing heard for %s", h.lease()), &cutoff)
		} else {
			_, err = h.rows.announce(ctx, f.Server, nil)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// overdueRow is a row that a sweep has to do something about.
type overdueRow struct {
	Server, Session string
	Lost            bool // else it is only unannounced
}

// overdue returns rows not heard of since cutoff, and those whose announcement has been due for longer than slack.
func (t *presenceTable) overdue(ctx context.Context, cutoff time.Time, slack time.Duration) (
	found []overdueRow, err error,
) {
	err = asPlatform(ctx, t.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT server_id, session, connected AND last_seen < $1 FROM agent_presence
			WHERE (connected AND last_seen < $1) OR (connected <> announced AND last_seen < now() - $2::interval)
			ORDER BY random() LIMIT 500`, cutoff, slack)
		if err != nil {
			return err
		}
		found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[overdueRow])
		return err
	})
	return found, err
}

// giveUp marks the session's row as lost and announces it, unless a newer session has the row. With a time, the row must
// not have been heard of since then, and is left alone while another transaction holds it.
func (t *presenceTable) giveUp(ctx context.Context, serverID, session, reason string, unheardSince *time.Time) error {
	lock := "FOR UPDATE"
	if unheardSince != nil {
		lock += " SKIP LOCKED"
	}
	var lost bool
	err := asPlatform(ctx, t.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE agent_presence SET connected = false, since = now(), reason = $3 WHERE server_id = (
			SELECT server_id FROM agent_presence WHERE server_id = $1 AND session = $2 AND connected
			AND ($4::timestamptz IS NULL OR last_seen < $4) `+lock+`)`, serverID, session, reason, unheardSince)
		lost = tag.RowsAffected() > 0
		return err
	})
	if err != nil {
		return fmt.Errorf("write presence of %s: %w", serverID, err)
	}
	if !lost {
		return nil
	}
	_, err = t.announce(ctx, serverID, nil)
	return err
}

func (t *presenceTable) renewLease(ctx context.Context, life time.Duration) error {
	_, err := t.pool.Exec(ctx, `INSERT INTO hub_replica (replica, lease_until, address, relay_key) VALUES ($1, now() + $2::interval, $3, $4)
		ON CONFLICT (replica) DO UPDATE SET lease_until = excluded.lease_until, address = excluded.address, relay_key = excluded.relay_key`,
		t.replica, life, t.address, t.relayKey)
	return err
}

// dropLease leaves the row of a newer process of the same name alone.
func (t *presenceTable) dropLease(ctx context.Context) error {
	_, err := t.pool.Exec(ctx, `DELETE FROM hub_replica WHERE replica = $1 AND relay_key = $2`, t.replica, t.relayKey)
	return err
}
