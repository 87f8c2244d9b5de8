package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/syntra-dev/syntra/agent/wire"
)

// Presence says where an agent is and when it was last heard of.
type Presence struct {
	ServerID string
	// Replica that has, or last had, its socket.
	Replica string
	// Online is true while the socket is believed alive: heartbeats come, and the replica holds its lease.
	Online    bool
	Since     time.Time // of this connection, or of its loss
	LastSeen  time.Time
	Heartbeat *wire.Heartbeat // the last one; nil before the first
	// PeerAddress is where other servers reach its edge, as its agent said last; empty: they cannot.
	PeerAddress string
}

// The freshness bound is the lease's: both are three heartbeats of the replica that has the socket.
const presenceColumns = `p.server_id, p.replica, p.connected AND coalesce(r.lease_until > now(), false), p.since, p.last_seen, p.heartbeat,
	coalesce(p.facts->>'peer_address', '')
	FROM agent_presence p LEFT JOIN hub_replica r ON r.replica = p.replica`

// Locate returns where a server's agent is. A server that never connected is offline.
func Locate(ctx context.Context, pool *pgxpool.Pool, serverID string) (Presence, error) {
	var p Presence
	err := asPlatform(ctx, pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+presenceColumns+` WHERE p.server_id = $1`, serverID)
		if err != nil {
			return err
		}
		p, err = pgx.CollectExactlyOneRow(rows, scanPresence)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Presence{ServerID: serverID}, nil
	}
	if err != nil {
		return Presence{}, fmt.Errorf("hub: locate %s: %w", serverID, err)
	}
	return p, nil
}

// Presences returns all of an organization's servers that ever connected.
func Presences(ctx context.Context, pool *pgxpool.Pool, org string) ([]Presence, error) {
	var out []Presence
	err := pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('syntra.org_id', $1, true)`, org); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT `+presenceColumns+` WHERE p.org_id = $1 ORDER BY p.server_id`, org)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scanPresence)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("hub: presences of %s: %w", org, err)
	}
	return out, nil
}

func scanPresence(row pgx.CollectableRow) (Presence, error) {
	var p Presence
	var heartbeat []byte
	if err := row.Scan(&p.ServerID, &p.Replica, &p.Online, &p.Since, &p.LastSeen, &heartbeat, &p.PeerAddress); err != nil {
		return p, err
	}
	if heartbeat != nil {
		p.Heartbeat = new(wire.Heartbeat)
		if err := json.Unmarshal(heartbeat, p.Heartbeat); err != nil {
			return p, fmt.Errorf("heartbeat of %s: %w", p.ServerID, err)
		}
	}
	return p, nil
}
