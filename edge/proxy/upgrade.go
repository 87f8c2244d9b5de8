package proxy

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/edge/upstream"
)

// switchProtocols joins client and replica after a 101. They are left to a tunnel; if there is none, it failed.
func (x *exchange) switchProtocols(c *upstream.Conn, resp *http.Response) {
	if x.upgrade == "" || !strings.EqualFold(upgradeType(resp.Header), x.upgrade) {
		x.measured(http.StatusBadGateway)
		x.refuse(http.StatusBadGateway, "upstream_failed", "The service changed to a protocol that nobody asked for.")
		return
	}
	client, rw, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		x.measured(http.StatusBadGateway)
		x.refuse(http.StatusBadGateway, "upgrade_unsupported", "This connection cannot change its protocol.")
		return
	}
	defer func() {
		if x.tunnel == nil {
			_ = client.Close()
		}
	}()
	x.measured(http.StatusSwitchingProtocols)
	if !x.join(client) {
		return
	}
	x.flight.Hijacked()
	x.uncount() // sockets rest; an office behind one address has many
	_ = client.SetDeadline(time.Time{})
	if c.Unhurried() != nil {
		return
	}
	h := http.Header{}
	copyHeader(h, resp.Header)
	h["Connection"], h["Upgrade"] = []string{"Upgrade"}, []string{x.upgrade}
	if _, ok := h["X-Request-Id"]; !ok {
		h["X-Request-Id"] = []string{x.requestID}
	}
	io.WriteString(rw, "HTTP/1.1 101 Switching Protocols\r\n")
	_ = h.Write(rw)
	io.WriteString(rw, "\r\n")
	if rw.Flush() != nil {
		return
	}
	x.tunnel = &tunnel{x: x, client: client, fromClient: buffered(rw.Reader), patience: x.pace.Patience}
	x.tunnel.replica, x.tunnel.fromReplica = c.Detach()
}
