package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/server"
)

func sameFacts(a, b server.Connected) bool { return reflect.DeepEqual(a, b) }

// maxHeartbeat bounds a heartbeat in a presence row, in bytes: some thousand replicas.
const maxHeartbeat = 1 << 20

// beat is a heartbeat that waits to be written.
type beat struct {
	link *link
	data []byte
}

// heartbeat notes what the agent says; the row follows within a second, many in one statement.
func (h *Hub) heartbeat(l *link, hb wire.Heartbeat) {
	data, err := json.Marshal(hb)
	if err != nil || len(data) > maxHeartbeat {
		l.cancel(fmt.Errorf("hub: a heartbeat of %d bytes", len(data)))
		return
	}
	h.mu.Lock()
	if h.links[l.server] == l {
		h.beats[l.server] = &beat{link: l, data: data}
	}
	h.mu.Unlock()
	if h.opts.OnHeartbeat != nil {
		h.opts.OnHeartbeat(l.org, l.server, hb)
	}
}

// flushBeats writes the waiting heartbeats. A row that a newer session has taken tells that our link is stale.
func (h *Hub) flushBeats(ctx context.Context) error {
	h.mu.Lock()
	beats := h.beats
	h.beats = map[string]*beat{}
	h.mu.Unlock()
	if len(beats) == 0 {
		return nil
	}
	var servers, sessions, bodies []string
	for id, b := range beats {
		servers, sessions, bodies = append(servers, id), append(sessions, b.link.session), append(bodies, string(b.data))
	}
	rows, err := h.opts.Pool.Query(ctx, `UPDATE agent_presence p SET last_seen = now(), heartbeat = b.body::jsonb, connected = true
		FROM unnest($1::text[], $2::text[], $3::text[]) AS b(server_id, session, body)
		WHERE p.server_id = b.server_id AND p.session = b.session RETURNING p.server_id, p.announced`, servers, sessions, bodies)
	if err != nil {
		return err
	}
	written := map[string]bool{} // server → announced
	var id string
	var announced bool
	if _, err := pgx.ForEachRow(rows, []any{&id, &announced}, func() error { written[id] = announced; return nil }); err != nil {
		return err
	}
	for id, b := range beats {
		announced, ours := written[id]
		switch {
		case !ours:
			go b.link.end(wire.CloseReplaced)
		case !announced: // it was given up for lost while this process stood still
			if _, err := h.rows.announce(ctx, id, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

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
	h.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := h.rows.giveUp(ctx, l.server, l.session, "the connection was lost"); err != nil {
		h.log.Warn("hub: cannot record that an agent is gone; the next look for lost agents will", "server", l.server, "error", err)
	}
}

// sweep gives up agents of any replica that have not been heard of, and finishes announcements that a crash cut short.
func (h *Hub) sweep(ctx context.Context) error {
	rows, err := h.opts.Pool.Query(ctx, `SELECT server_id, session, connected FROM agent_presence
		WHERE (connected AND last_seen < now() - $1::interval) OR (connected <> announced AND last_seen < now() - $2::interval) LIMIT 500`,
		h.lease(), h.opts.Heartbeat)
	if err != nil {
		return err
	}
	type lost struct {
		Server, Session string
		Connected       bool
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[lost])
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Connected {
			err = h.rows.giveUp(ctx, f.Server, f.Session, fmt.Sprintf("nothing heard for %s", h.lease()))
		} else {
			_, err = h.rows.announce(ctx, f.Server, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// giveUp marks the session's row as lost, unless a newer session has it, and announces it.
func (t *presenceTable) giveUp(ctx context.Context, serverID, session, reason string) error {
	tag, err := t.pool.Exec(ctx, `UPDATE agent_presence SET connected = false, since = now(), reason = $3
		WHERE server_id = $1 AND session = $2 AND connected`, serverID, session, reason)
	if err != nil {
		return fmt.Errorf("write presence of %s: %w", serverID, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	_, err = t.announce(ctx, serverID, nil)
	return err
}

func (t *presenceTable) renewLease(ctx context.Context, life time.Duration) error {
	_, err := t.pool.Exec(ctx, `INSERT INTO hub_replica (replica, lease_until) VALUES ($1, now() + $2::interval)
		ON CONFLICT (replica) DO UPDATE SET lease_until = excluded.lease_until`, t.replica, life)
	return err
}

func (t *presenceTable) dropLease(ctx context.Context) error {
	_, err := t.pool.Exec(ctx, `DELETE FROM hub_replica WHERE replica = $1`, t.replica)
	return err
}
