package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/syntra-dev/syntra/agent/wire"
)

// maxHeartbeat bounds a heartbeat in a presence row, in bytes: some thousand replicas.
const maxHeartbeat = 1 << 20

// beat is a heartbeat that waits to be written.
type beat struct {
	link  *link
	data  []byte // the heartbeat as JSON; without it, only that the agent was heard is written
	heard time.Time
}

// beatState is what became of a beat.
type beatState int

const (
	beatWritten     beatState = iota
	beatUnannounced           // written, and the log believes the agent to be lost
	beatBusy                  // another transaction holds the row: to be written later
	beatStale                 // a newer session has taken the row, or there is none
	beatRefused               // PostgreSQL refuses the row, whatever the beat holds
)

// heartbeat notes what the agent says; the row follows within a second, many in one statement.
func (h *Hub) heartbeat(l *link, hb wire.Heartbeat) {
	data, err := json.Marshal(hb)
	if err != nil || len(data) > maxHeartbeat {
		l.cancel(fmt.Errorf("hub: a heartbeat of %d bytes", len(data)))
		return
	}
	h.mu.Lock()
	if h.links[l.server] == l {
		h.beats[l.server] = &beat{link: l, data: data, heard: time.Now()}
	}
	h.mu.Unlock()
	if h.opts.OnHeartbeat != nil {
		h.opts.OnHeartbeat(l.org, l.server, hb)
	}
}

// flushBeats writes the waiting heartbeats. What cannot be written now is kept. It asks the database also when no
// beat waits, since an answer is what entitles this replica to sweep (see sight).
func (h *Hub) flushBeats(ctx context.Context) error {
	h.mu.Lock()
	beats := h.beats
	h.beats = map[string]*beat{}
	h.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, h.lease())
	defer cancel()
	states, at, err := h.writeBeats(ctx, slices.Collect(maps.Values(beats)))
	for id, b := range beats {
		state, known := states[id]
		switch {
		case !known || state == beatBusy:
			h.keepBeat(b)
		case state == beatStale:
			go b.link.end(wire.CloseReplaced)
		case state == beatUnannounced: // it was given up for lost while this process stood still
			h.announceLater(id)
		}
	}
	if err != nil {
		return err
	}
	h.mu.Lock()
	h.sight.wrote(at, h.opts.Heartbeat)
	h.mu.Unlock()
	return nil
}

// keepBeat puts a beat back that was not written, unless a newer one has come or its link has ended.
func (h *Hub) keepBeat(b *beat) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.links[b.link.server] == b.link && h.beats[b.link.server] == nil {
		h.beats[b.link.server] = b
	}
}

// announceLater announces a server beside the flush: a log that stands still must not hold back heartbeats.
func (h *Hub) announceLater(serverID string) {
	h.wg.Add(1)
	go func() {
		defer h.wg.Done()
		ctx, cancel := context.WithTimeout(context.Background(), h.lease())
		defer cancel()
		err := h.recovered(func() error {
			_, err := h.rows.announce(ctx, serverID, nil)
			return err
		})
		if err != nil {
			h.log.Warn("hub: cannot announce that an agent is back; its next heartbeat tries again",
				"server", serverID, "error", err)
		}
	}()
}

// writeBeats writes beats in one statement. Where PostgreSQL refuses what they hold it halves them until the refused
// one stands alone, so that an agent's beat hurts no other agent. Of that one it writes only that the agent was heard:
// an agent whose words cannot be stored is not lost. It returns the database's time before it wrote.
func (h *Hub) writeBeats(ctx context.Context, beats []*beat) (map[string]beatState, time.Time, error) {
	states, at, err := h.rows.writeBeats(ctx, beats)
	if err == nil || !isRefusal(err) || len(beats) == 0 {
		return states, at, err
	}
	if len(beats) == 1 {
		return h.writeHeard(ctx, beats[0], err)
	}
	half := len(beats) / 2
	states, at, err = h.writeBeats(ctx, beats[:half])
	if err != nil {
		return states, at, err
	}
	more, later, err := h.writeBeats(ctx, beats[half:])
	if states == nil {
		states = map[string]beatState{}
	}
	maps.Copy(states, more)
	if at.IsZero() {
		at = later
	}
	return states, at, err
}

// writeHeard writes a beat without what it says, which PostgreSQL refused because of why.
func (h *Hub) writeHeard(ctx context.Context, b *beat, why error) (map[string]beatState, time.Time, error) {
	server := b.link.server
	h.log.Warn("hub: an agent's heartbeat cannot be stored; only that it was heard is", "server", server, "error", why)
	states, at, err := h.rows.writeBeats(ctx, []*beat{{link: b.link, heard: b.heard}})
	if err == nil || !isRefusal(err) {
		return states, at, err
	}
	h.log.Warn("hub: an agent's presence cannot be written", "server", server, "error", err)
	return map[string]beatState{server: beatRefused}, time.Time{}, nil
}

// isRefusal reports whether PostgreSQL answered and refused the values, rather than the statement or the moment.
func isRefusal(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || len(pg.Code) < 2 {
		return false
	}
	switch pg.Code[:2] {
	case "22", "23", "54", "P0", "XX": // data, constraint, limit, raised by a trigger, a damaged row
		return true
	}
	return false
}

// writeBeats writes heartbeats of this replica's sessions. last_seen is when the beat was heard, by its age: the clocks
// of the processes and of the database need not agree. A row that another transaction holds is skipped: one server's
// announcement, which waits for the log, must not hold back everybody's heartbeats.
func (t *presenceTable) writeBeats(ctx context.Context, beats []*beat) (map[string]beatState, time.Time, error) {
	var servers, sessions, bodies []string
	var ages []float64
	for _, b := range beats {
		servers, sessions = append(servers, b.link.server), append(sessions, b.link.session)
		bodies, ages = append(bodies, string(b.data)), append(ages, time.Since(b.heard).Seconds())
	}
	states := map[string]beatState{}
	var at time.Time
	err := asPlatform(ctx, t.pool, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT now()`).Scan(&at); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `WITH beat AS (
				SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[]) AS b(server_id, session, body, age)
			), free AS (
				SELECT p.server_id FROM agent_presence p JOIN beat b ON b.server_id = p.server_id AND b.session = p.session
				FOR UPDATE OF p SKIP LOCKED
			), written AS (
				UPDATE agent_presence p SET heartbeat = coalesce(nullif(b.body, '')::json, p.heartbeat),
					connected = true, reason = '',
					last_seen = greatest(p.last_seen, now() - make_interval(secs => b.age)),
					since = CASE WHEN p.connected THEN p.since ELSE now() END
				FROM beat b JOIN free USING (server_id) WHERE p.server_id = b.server_id RETURNING p.server_id, p.announced
			)
			SELECT b.server_id, coalesce(p.session = b.session, false), w.server_id IS NOT NULL, coalesce(w.announced, false)
			FROM beat b LEFT JOIN agent_presence p USING (server_id) LEFT JOIN written w USING (server_id)`,
			servers, sessions, bodies, ages)
		if err != nil {
			return err
		}
		var id string
		var ours, written, announced bool
		return forEachRow(rows, []any{&id, &ours, &written, &announced}, func() {
			switch {
			case !ours && !written:
				states[id] = beatStale
			case !written:
				states[id] = beatBusy
			case !announced:
				states[id] = beatUnannounced
			default:
				states[id] = beatWritten
			}
		})
	})
	if err != nil {
		return nil, at, fmt.Errorf("write %d heartbeats: %w", len(beats), err)
	}
	return states, at, nil
}
