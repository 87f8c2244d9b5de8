package proxy

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"

	"github.com/syntra-dev/syntra/edge/peer"
	"github.com/syntra-dev/syntra/edge/route"
	"github.com/syntra-dev/syntra/edge/upstream"
)

// enter books the request on the release that is to answer it.
func (h *Handler) enter(r *http.Request, f *route.Flight) error {
	if h.FromPeers {
		service, release := peer.Named(r.Header)
		return h.Router.EnterFromPeer(service, release, f)
	}
	return h.Router.Enter(r.Host, f)
}

// knows returns an error if enter would certainly fail.
func (h *Handler) knows(r *http.Request) error {
	if h.FromPeers {
		if !h.Router.Serves(peer.Named(r.Header)) {
			return route.ErrNotHere
		}
		return nil
	}
	if !h.Router.Knows(r.Host) {
		return route.ErrUnknownHost
	}
	return nil
}

// writePeer tells the edge of another server whose replicas are to answer.
func (x *exchange) writePeer(w *bufio.Writer) {
	rel := x.flight.Release()
	line(w, peer.ServiceHeader, rel.Service)
	line(w, peer.ReleaseHeader, rel.ID)
}

// forwarded are the headers that say who asks, and how.
var forwarded = []string{
	"X-Forwarded-For", "X-Real-Ip", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Request-Id", "X-Request-Start",
}

// passForwarded writes them as the edge did that the client is connected to: a peer's word is believed.
func (x *exchange) passForwarded(w *bufio.Writer) {
	for _, name := range forwarded {
		for _, v := range x.r.Header[name] {
			line(w, name, v)
		}
	}
}

// unserved tells the edge that sent the request that no replica received it.
func (x *exchange) unserved(err error) {
	why := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, err.Error())
	x.w.Header()[peer.UnservedHeader] = []string{why}
}

// servedBy returns an error if the answer is a peer's word that none of its replicas received the request. Its requests
// go elsewhere then, until it greets back.
func (x *exchange) servedBy(resp *http.Response) error {
	if !x.flight.ToPeer() || len(resp.Header[peer.UnservedHeader]) == 0 {
		return nil
	}
	err := fmt.Errorf("%w: %s: %.200s", upstream.ErrNotReceived, resp.Status, resp.Header[peer.UnservedHeader][0])
	x.flight.Upstream().Failed(err)
	return err
}
