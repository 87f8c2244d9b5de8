package hub

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/eventstore"
)

// serverEvents are the streams of all servers.
var serverEvents = eventstore.Filter{StreamPrefixes: []string{server.Stream("")}}

// checkLinks ends live connections whose server has been removed or bound to another installation.
func (h *Hub) checkLinks(ctx context.Context) error {
	h.mu.Lock()
	links := make([]*link, 0, len(h.links))
	for _, l := range h.links {
		links = append(links, l)
	}
	h.mu.Unlock()
	for _, l := range links {
		s, err := eventstore.Load[server.Server](ctx, h.opts.Log, server.Stream(l.server))
		if err != nil {
			return err
		}
		if s.State.Removed || s.State.Instance != l.instance {
			go l.end(wire.CloseRevoked)
		}
	}
	return nil
}

// watchServers ends the connections of servers that were removed or given a new join token, on any replica.
func (h *Hub) watchServers(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := h.followServers(ctx); err != nil && ctx.Err() == nil {
			h.log.Error("hub: cannot follow the servers' events; will try again", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

func (h *Hub) followServers(ctx context.Context) error {
	from, err := h.opts.Log.End(ctx)
	if err != nil {
		return err
	}
	if err := h.checkLinks(ctx); err != nil { // what happened while nobody followed
		return err
	}
	for r, err := range h.opts.Log.Subscribe(ctx, from, serverEvents) {
		if err != nil {
			return err
		}
		if r.Type != (server.Removed{}).EventType() && r.Type != (server.JoinTokenIssued{}).EventType() {
			continue
		}
		h.forgetServer(ctx, r)
		if l, _ := h.linkOf(r.Stream[len(server.Stream("")):]); l != nil {
			go l.end(wire.CloseRevoked)
		}
	}
	return nil
}
