package edge

import (
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/syntra-dev/syntra/edge/proxy"
	"github.com/syntra-dev/syntra/edge/route"
	"github.com/syntra-dev/syntra/edge/serve"
)

const (
	// headTimeout ends clients that dribble their request's head.
	headTimeout = 30 * time.Second
	// idleTimeout is how long a connection may rest between requests.
	idleTimeout = 90 * time.Second
	maxHead     = 128 << 10
)

// newServer makes a server for HTTP/1.1.
func (e *edge) newServer(h http.Handler) *serve.Server {
	s := &serve.Server{
		Handler:     h,
		HeadWithin:  headTimeout,
		Idle:        idleTimeout,
		WriteWithin: e.o.ClientPatience,
		MaxHead:     maxHead,
		Log:         e.log,
	}
	e.servers = append(e.servers, s)
	return s
}

// newHTTP2 makes what serves the connections that agree on HTTP/2.
func (e *edge) newHTTP2(h http.Handler) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	return &http.Server{
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
