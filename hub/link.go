package hub

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/syntra-dev/syntra/agent/wire"
)

// writeTimeout bounds one frame's way out; a peer that takes longer is as good as gone.
const writeTimeout = 20 * time.Second

// link is one agent's connection.
type link struct {
	caller
	session string
	conn    *websocket.Conn
	ctx     context.Context // ends with the connection
	cancel  context.CancelCauseFunc
	logs    chan wire.Logs
	// artifacts is the agent's newest word on what its server holds, until it is recorded.
	artifacts chan wire.Artifacts

	mu         sync.Mutex
	execs      map[string]*execStream
	credential string // sent, and not yet said to be on the agent's disk

	certifying atomic.Bool // a certificate is being signed
}

// send writes one frame; a failure ends the link.
func (l *link) send(frameType string, v any) error {
	data, err := wire.Encode(frameType, v)
	if err != nil {
		return err
	}
	if len(data) > wire.MaxFrame {
		return fmt.Errorf("hub: a %s of %d bytes is over the limit of %d", frameType, len(data), wire.MaxFrame)
	}
	ctx, cancel := context.WithTimeout(l.ctx, writeTimeout)
	defer cancel()
	if err := l.conn.Write(ctx, websocket.MessageText, data); err != nil {
		err = fmt.Errorf("hub: send %s: %w", frameType, err)
		l.cancel(err)
		return err
	}
	return nil
}

// end closes the connection and tells the agent why.
func (l *link) end(reason string) {
	_ = l.conn.Close(websocket.StatusPolicyViolation, reason) // it ends either way
	l.cancel(fmt.Errorf("hub: %s", reason))
}

// take makes the link the one that commands for its server go through, and ends an older one.
func (h *Hub) take(l *link) bool {
	h.mu.Lock()
	if h.closing {
		h.mu.Unlock()
		return false
	}
	older := h.links[l.server]
	h.links[l.server] = l
	delete(h.lost, l.server)
	h.announceChange()
	h.mu.Unlock()
	h.metrics.connected.Set(float64(h.linkCount()))
	if older != nil {
		go older.end(wire.CloseReplaced)
	}
	return true
}

// leave forgets the link unless a newer one took its place, and reports whether it was the last.
func (h *Hub) leave(l *link) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.links[l.server] != l {
		return false
	}
	delete(h.links, l.server)
	delete(h.beats, l.server)
	h.lost[l.server] = time.Now()
	h.announceChange()
	h.metrics.connected.Set(float64(len(h.links)))
	return true
}

// announceChange wakes whoever waits for a link; h.mu is held.
func (h *Hub) announceChange() {
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *Hub) linkCount() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.links)
}

// linkOf returns the server's live link, or nil; changed is closed when that may have changed.
func (h *Hub) linkOf(serverID string) (l *link, changed <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.links[serverID], h.changed
}
