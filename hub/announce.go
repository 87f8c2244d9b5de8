package hub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/eventstore"
)

// presenceTable writes presence rows and tells the log of real changes.
//
// The row is changed first and the log told after, under the row's lock and from what the row says then. So whatever
// order connections and losses come in, the log ends where the row ends; and a crash between the two leaves announced
// different from connected, which the next sweep of any replica mends.
type presenceTable struct {
	pool    *pgxpool.Pool
	log     *eventstore.Log
	replica string
	// address and relayKey go into the lease row, for the other replicas.
	address  string
	relayKey []byte
	// announcing bounds announcements under way: each holds one pool connection while the log takes another.
	announcing chan struct{}
}

// credentialState is what a connection needs to know of its agent's credential.
type credentialState struct {
	credentialHash string
	rotatedAt      time.Time
}

// mustRotate reports whether the agent should get a new credential: it came with a join token or an old credential, or its
// credential has had its day.
func (s credentialState) mustRotate(shown string, life time.Duration) bool {
	return s.credentialHash != shown || time.Since(s.rotatedAt) >= life
}

// connect makes the row this session's and announces it.
func (t *presenceTable) connect(ctx context.Context, c caller, session string, facts server.Connected) (credentialState, error) {
	err := asPlatform(ctx, t.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO agent_presence (server_id, org_id, replica, session, connected, since, last_seen)
		VALUES ($1, $2, $3, $4, true, now(), now())
		ON CONFLICT (server_id) DO UPDATE SET org_id = $2, replica = $3, session = $4, last_seen = now(), reason = '', connected = true,
			since = CASE WHEN agent_presence.connected THEN agent_presence.since ELSE now() END`, c.server, c.org, t.replica, session)
		return err
	})
	if err != nil {
		return credentialState{}, fmt.Errorf("write presence of %s: %w", c.server, err)
	}
	return t.announce(ctx, c.server, &facts)
}

// announce brings the log to what the row says. facts are those of the connection, nil where only the loss matters.
func (t *presenceTable) announce(ctx context.Context, serverID string, facts *server.Connected) (credentialState, error) {
	select {
	case t.announcing <- struct{}{}:
		defer func() { <-t.announcing }()
	case <-ctx.Done():
		return credentialState{}, context.Cause(ctx)
	}
	var out credentialState
	err := asPlatform(ctx, t.pool, func(tx pgx.Tx) error {
		var org, reason string
		var revision eventstore.Revision
		var known server.Connected
		var connected bool
		var rotated *time.Time
		err := tx.QueryRow(ctx, `SELECT org_id, connected, reason, rotated_at, revision, coalesce(facts, '{}') FROM agent_presence
			WHERE server_id = $1 FOR UPDATE`, serverID).Scan(&org, &connected, &reason, &rotated, &revision, &known)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if rotated != nil {
			out.rotatedAt = *rotated
		}
		loaded, err := eventstore.Load[server.Server](ctx, t.log, server.Stream(serverID))
		if err != nil {
			return err
		}
		out.credentialHash = loaded.State.CredentialHash
		if facts != nil {
			known = *facts
		}
		if loaded.State.ID != "" && !loaded.State.Removed {
			revision, err = t.appendPresence(ctx, org, serverID, revision, func(p *server.Presence) ([]domain.Event, error) {
				if !connected {
					return p.Disconnect(reason)
				}
				if p.Connected && facts == nil {
					return nil, nil
				}
				return p.Connect(known)
			})
			if err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE agent_presence SET announced = connected, revision = $2, facts = $3 WHERE server_id = $1`, serverID, revision, known)
		return err
	})
	if err != nil {
		return credentialState{}, fmt.Errorf("announce presence of %s: %w", serverID, err)
	}
	return out, nil
}

func factsOf(h wire.Hello) server.Connected {
	return server.Connected{
		AgentVersion: h.AgentVersion, Hostname: h.Hostname, OS: h.OS, Arch: h.Arch, Cores: h.Cores, MemoryBytes: h.MemoryBytes,
		Runtimes: h.Runtimes, EdgeHTTP: h.EdgeHTTP, EdgeHTTPS: h.EdgeHTTPS, PeerAddress: peerAddress(h.PeerAddress),
	}
}

// maxPeerAddress is the longest DNS name with a port.
const maxPeerAddress = 253 + 6

// peerAddress returns a server's word about its address, or nothing if it cannot be one: other servers are told of it.
func peerAddress(said string) string {
	host, port, err := net.SplitHostPort(said)
	if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 1 || n > 65535 || host == "" || len(said) > maxPeerAddress {
		return ""
	}
	return said
}
