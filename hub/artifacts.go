package hub

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/eventstore"
)

// Artifacts keeps which server holds which artifact.
type Artifacts interface {
	// Tell records all that a server holds; what it held before and is not named is forgotten.
	Tell(ctx context.Context, org, serverID string, artifacts []string) error
	// Forget forgets a server.
	Forget(ctx context.Context, org, serverID string) error
}

// holds takes in what the agent says is on its server. Only the newest word waits to be stored.
func (l *link) holds(told wire.Artifacts) {
	for {
		select {
		case l.artifacts <- told:
			return
		default:
		}
		select {
		case <-l.artifacts:
		default:
		}
	}
}

// storeArtifacts records what the agent says, beside the connection's reading: a database that stands still must not
// make an agent look lost.
func (h *Hub) storeArtifacts(l *link) {
	if h.opts.Artifacts == nil {
		return
	}
	for {
		select {
		case <-l.ctx.Done():
			return
		case told := <-l.artifacts:
			h.storeHoldings(l, told)
		}
	}
}

func (h *Hub) storeHoldings(l *link, told wire.Artifacts) {
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		err := h.opts.Artifacts.Tell(l.ctx, l.org, l.server, told.Digests)
		if err == nil || l.ctx.Err() != nil {
			return
		}
		h.log.Error(
			"hub: cannot record which artifacts a server holds; will try again",
			"server",
			l.server,
			"error",
			err,
		)
		select {
		case <-l.ctx.Done():
			return
		case told = <-l.artifacts: // a newer word
		case <-time.After(pause):
		}
	}
}

// forgetServer forgets what a removed server held.
func (h *Hub) forgetServer(ctx context.Context, r eventstore.Recorded) {
	if h.opts.Artifacts == nil || r.Type != (server.Removed{}).EventType() {
		return
	}
	id := r.Stream[len(server.Stream("")):]
	if err := h.opts.Artifacts.Forget(ctx, r.Meta.Organization, id); err != nil {
		h.log.Warn(
			"hub: what a removed server held stays on record; nothing is asked of it",
			"server",
			id,
			"error",
			err,
		)
	}
}
