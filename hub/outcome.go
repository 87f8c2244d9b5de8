package hub

import "github.com/syntra-dev/syntra/agent/wire"

// resend gives a new link what its server's callers wait for.
func (h *Hub) resend(l *link) {
	h.mu.Lock()
	var waiting, cancelled []*pending
	for _, p := range h.pending {
		select {
		case <-p.done:
			continue
		default:
		}
		if p.server != l.server {
			continue
		}
		if p.cancelled {
			cancelled = append(cancelled, p)
		} else {
			waiting = append(waiting, p)
		}
	}
	h.mu.Unlock()
	for _, p := range cancelled {
		_ = l.send(wire.TypeCancel, wire.Cancel{ID: p.command.ID}) // a failure ends the link; the next one tries again
	}
	for _, p := range waiting {
		_ = l.send(wire.TypeCommand, p.command)
	}
}

// progress passes a note on.
func (h *Hub) progress(l *link, pr wire.Progress) {
	if p := h.pendingOf(l, pr.ID); p != nil {
		p.note(pr.Note)
	}
}

// outcome hands a result to whoever waits, and acknowledges it in any case: an outcome that nobody waits for now is
// answered again from the agent's journal when its command comes again.
func (h *Hub) outcome(l *link, res wire.Result) {
	if p := h.pendingOf(l, res.ID); p != nil {
		h.mu.Lock()
		select {
		case <-p.done:
		default:
			p.result = res
			close(p.done)
		}
		h.mu.Unlock()
	}
	_ = l.send(wire.TypeResultAck, wire.ResultAck{ID: res.ID}) // a failure ends the link, and the agent repeats it
}

// pendingOf returns the command's entry if it belongs to the link's server: an agent can settle only its own.
func (h *Hub) pendingOf(l *link, id string) *pending {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.pending[id]; p != nil && p.server == l.server {
		return p
	}
	return nil
}
