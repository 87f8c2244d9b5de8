package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go/http3"
)

// h3 serves HTTP/3 beside HTTPS. Its UDP socket cannot be shared with a successor, since QUIC's connections live in
// one process: the old edge keeps it until its connections are drained, the new one binds it then, and only then
// advertises HTTP/3. Meanwhile clients speak HTTP/2.
type h3 struct {
	addr   *net.UDPAddr
	server *http3.Server
	log    *slog.Logger
	up     atomic.Bool
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}
}

func newH3(addr *net.TCPAddr, config *tls.Config, h http.Handler, log *slog.Logger) *h3 {
	ctx, cancel := context.WithCancel(context.Background())
	return &h3{
		addr:   &net.UDPAddr{IP: addr.IP, Port: addr.Port, Zone: addr.Zone},
		server: &http3.Server{Handler: h, TLSConfig: http3.ConfigureTLSConfig(config), MaxHeaderBytes: maxHead, IdleTimeout: idleTimeout},
		log:    log, ctx: ctx, cancel: cancel, done: make(chan struct{}),
	}
}

// serve waits for the UDP port and serves on it until shutdown.
func (h *h3) serve() {
	defer close(h.done)
	said := false
	for h.ctx.Err() == nil {
		pc, err := net.ListenUDP("udp", h.addr)
		if err != nil {
			if !said {
				h.log.Info("HTTP/3 waits for its UDP port", "address", h.addr.String(), "error", err)
				said = true
			}
			select {
			case <-h.ctx.Done():
			case <-time.After(250 * time.Millisecond):
			}
			continue
		}
		h.up.Store(true)
		err = h.server.Serve(pc)
		h.up.Store(false)
		_ = pc.Close()
		if !errors.Is(err, http.ErrServerClosed) {
			h.log.Error("HTTP/3 ended; clients use HTTP/2", "error", err)
		}
		return
	}
}

// advertise tells clients of HTTP/3 in answers over HTTP/1 and 2.
func (h *h3) advertise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.up.Load() {
			_ = h.server.SetQUICHeaders(w.Header())
		}
		next.ServeHTTP(w, r)
	})
}

// shutdown lets requests under way end, within ctx, and frees the port.
func (h *h3) shutdown(ctx context.Context) {
	if h == nil {
		return
	}
	h.cancel()
	h.up.Store(false)
	if h.server.Shutdown(ctx) != nil {
		_ = h.server.Close()
	}
	<-h.done
}
