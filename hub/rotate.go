package hub

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/eventstore"
)

// newCredential mints the agent's next credential. Only its hash is ever recorded, and only once the agent has said that
// it is on its disk: so at every moment the agent holds one that the log knows.
func (l *link) newCredential() string {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails since Go 1.24
	l.mu.Lock()
	defer l.mu.Unlock()
	l.credential = "sya_" + base64.RawURLEncoding.EncodeToString(bits[:])
	return l.credential
}

// credentialSet records the credential that was sent. If this fails the agent falls back to the one it came with, and
// gets a new one at its next connection.
func (h *Hub) credentialSet(l *link) {
	l.mu.Lock()
	credential := l.credential
	l.credential = ""
	l.mu.Unlock()
	if credential == "" {
		return
	}
	hash := hashOf(credential)
	if err := h.rows.rotated(l.ctx, l.caller, hash); err != nil {
		h.log.Warn("hub: cannot record an agent's new credential; it keeps the old one", "server", l.server, "error", err)
		return
	}
	h.mu.Lock()
	l.hash = hash
	h.mu.Unlock()
}

func (t *presenceTable) rotated(ctx context.Context, c caller, hash string) error {
	// First the row: a crash in between costs one more rotation, since the log does not know the credential yet.
	err := asPlatform(ctx, t.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE agent_presence SET rotated_at = now() WHERE server_id = $1`, c.server)
		return err
	})
	if err != nil {
		return fmt.Errorf("write presence of %s: %w", c.server, err)
	}
	_, err = eventstore.Execute(ctx, t.log, server.Stream(c.server), eventstore.Command{
		ID: "hub/rotate/" + c.server + "/" + hash, Organization: c.org, Actor: domain.Actor{Kind: domain.ActorAgent, ID: c.server},
	}, func(s *server.Server) ([]domain.Event, error) {
		// A token issued meanwhile has locked this installation out: it must not get back in by a rotation.
		if s.Instance != c.instance {
			return nil, errBadToken
		}
		return s.RotateCredential(hash)
	})
	return err
}

// keepRotated gives a connection that lives long a new credential each day.
func (h *Hub) keepRotated(l *link) {
	tick := time.NewTicker(h.opts.RotateEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-tick.C:
			_ = l.send(wire.TypeWelcome, wire.Welcome{ // a failure ends the link
				ServerID: l.server, Organization: l.org, HeartbeatSeconds: h.heartbeatSeconds(), At: time.Now().UTC(), Credential: l.newCredential(),
			})
		}
	}
}

func (h *Hub) heartbeatSeconds() int { return max(1, int(h.opts.Heartbeat.Seconds())) }

// keepReconciled tells the agent what should be on its server, now and again.
func (h *Hub) keepReconciled(l *link) {
	if h.opts.Desired == nil {
		return
	}
	tick := time.NewTicker(h.opts.ReconcileEvery)
	defer tick.Stop()
	for {
		desired, err := h.opts.Desired(l.ctx, l.server)
		switch {
		case err == nil:
			_ = l.send(wire.TypeReconcile, desired)
		case l.ctx.Err() == nil:
			h.log.Error("hub: cannot tell an agent what should be on its server; will try again", "server", l.server, "error", err)
		}
		select {
		case <-l.ctx.Done():
			return
		case <-tick.C:
		}
	}
}
