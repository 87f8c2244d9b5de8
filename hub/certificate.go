package hub

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
)

// certifyTimeout bounds one signature: the authority's key is read from the database.
const certifyTimeout = 15 * time.Second

// certify answers an agent's certificate request, beside the reading of its frames. One is signed at a time: a request
// that comes meanwhile is dropped. An agent that has its answer may ask again at once, so the turn ends before the
// answer leaves.
func (h *Hub) certify(l *link, r wire.PeerCertificateRequest) {
	if !l.certifying.CompareAndSwap(false, true) {
		return
	}
	h.mu.Lock()
	if h.closing {
		h.mu.Unlock()
		return
	}
	h.wg.Add(1)
	h.mu.Unlock()
	go func() {
		defer h.wg.Done()
		answer := h.certificateFor(l, r)
		l.certifying.Store(false)
		_ = l.send(wire.TypePeerCertificate, answer) // a failure ends the link
	}()
}

func (h *Hub) certificateFor(l *link, r wire.PeerCertificateRequest) wire.PeerCertificate {
	if h.opts.Certify == nil {
		return wire.PeerCertificate{Problem: "this control plane signs no certificates"}
	}
	ctx, cancel := context.WithTimeout(l.ctx, certifyTimeout)
	defer cancel()
	certificate, authority, err := h.opts.Certify(ctx, l.org, l.server, r.Request)
	if err != nil {
		h.log.Error("hub: cannot sign a server's certificate; its agent asks again", "server", l.server, "error", err)
		return wire.PeerCertificate{Problem: "the control plane cannot sign now"}
	}
	h.log.Info("certificate signed for a server", "server", l.server, "org", l.org)
	return wire.PeerCertificate{Certificate: certificate, Authority: authority}
}
