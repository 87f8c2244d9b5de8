package edge

import (
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/syntra-dev/syntra/edge/proxy"
	"github.com/syntra-dev/syntra/edge/route"
)

const (
	// headTimeout ends clients that dribble their request's head.
	headTimeout = 30 * time.Second
	// idleTimeout is how long a connection may rest between requests.
	idleTimeout = 90 * time.Second
	maxHead     = 128 << 10
)

func (e *edge) newServer(h http.Handler) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	s := &http.Server{
		Handler:                      h,
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            headTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               maxHead,
		Protocols:                    protocols,
		// A connection that takes no bytes at all is over; streams that stand still are the front's to notice.
		HTTP2: &http.HTTP2Config{WriteByteTimeout: e.o.ClientPatience, SendPingTimeout: idleTimeout / 2, PingTimeout: headTimeout},
		// What clients do wrong (handshakes for unknown hosts, resets) is theirs, and comes at any rate they like.
		ErrorLog: slog.NewLogLogger(e.log.Handler(), slog.LevelDebug),
	}
	e.servers = append(e.servers, s)
	return s
}

// plainFront answers ACME challenges and, if so configured, sends clients to HTTPS.
func (e *edge) plainFront(front *proxy.Handler) http.Handler {
	if e.certs == nil {
		return front
	}
	port := portOf(e.https)
	// What came to a trusted proxy by HTTPS is on HTTPS: sent there again, it would come back for ever.
	secure := func(r *http.Request) bool { return e.o.trusted.Origin(r).Secure }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e.certs.Challenge(w, r) {
			return
		}
		if e.o.TLS.Redirect && e.router.Knows(r.Host) && !secure(r) {
			host, err := route.ParseHost(r.Host)
			if err == nil {
				if port != 443 {
					host = net.JoinHostPort(host, strconv.Itoa(port))
				}
				http.Redirect(w, r, "https://"+host+r.URL.RequestURI(), http.StatusPermanentRedirect)
				return
			}
		}
		front.ServeHTTP(w, r)
	})
}
