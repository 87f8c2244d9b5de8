package edge

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/syntra-dev/syntra/edge/certs"
	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/trust"
)

// Options of an edge.
type Options struct {
	// DataDir keeps the table, the ports and the certificates.
	DataDir string
	// HTTPAddr and HTTPSAddr are where the edge listens. Port 0 takes a free one at the first start and the same one
	// from then on. An empty HTTPSAddr means no TLS.
	HTTPAddr, HTTPSAddr string
	// PeerAddr is where the edges of other servers reach this one, over mutual TLS; port 0 as above. Empty: nowhere. It
	// refuses everybody until the agent has given this edge its identity.
	PeerAddr string
	// Sockets are the names of the listening sockets that this process was started with, from descriptor 3 on: a keeper has
	// held them since the edge before this one died.
	Sockets []string
	// Socket is the control API's Unix socket.
	Socket string
	TLS    TLS
	// Version is shown in the status.
	Version string
	// Logger must not write to package log's standard logger, which Caddy's library takes over. Nil: text on stderr.
	Logger *slog.Logger `json:"-"`
	// OnReady, if set, is called once when the edge serves.
	OnReady func(control.Status) `json:"-"`

	// TrustedProxies are networks and addresses of proxies that are believed about where a request comes from: their
	// X-Forwarded headers, and the PROXY protocol.
	TrustedProxies []string
	// ClientPatience is how long a client may take to send or accept anything at all (default 1 min), ClientMinRate how
	// many bytes of a body a second it must send on average after that (default 240).
	ClientPatience time.Duration
	ClientMinRate  int
	// ConnectionsPerClient and RequestsPerClient bound what one address (of IPv6, one /64) may have open and under way
	// at a time (default 2000 and 1000; below 0: no bound). Upgraded connections count as connections only.
	ConnectionsPerClient, RequestsPerClient int

	// StopGrace is how long requests under way may still take when the edge is stopped (default 30 s).
	StopGrace time.Duration
	// Linger is how long an edge that was taken over keeps connections on which no request comes (default 90 s, the
	// time an idle connection is kept anyway).
	Linger time.Duration
	// RetireGrace is how long requests and WebSockets may still take in an edge that was taken over (default 1 h).
	RetireGrace time.Duration

	trusted trust.Networks
}

// TLS says where certificates come from.
type TLS struct {
	// Issuer is certs.Internal (default) or certs.ACME.
	Issuer string
	// Email of the ACME account, and CA its directory; both may be empty.
	Email, CA string
	// Redirect sends plain HTTP requests for known hosts to HTTPS.
	Redirect bool
}

// Bounds for one client, if none are given. They are for an office or a school behind one address.
const (
	DefaultPatience             = time.Minute
	DefaultMinRate              = 240
	DefaultConnectionsPerClient = 2000
	DefaultRequestsPerClient    = 1000
)

const (
	defaultStopGrace   = 30 * time.Second
	defaultLinger      = idleTimeout
	defaultRetireGrace = time.Hour
)

func (o *Options) complete() error {
	if o.DataDir == "" || o.HTTPAddr == "" || o.Socket == "" {
		return errors.New("edge: a data directory, an HTTP address and a control socket are needed")
	}
	for _, addr := range []string{o.HTTPAddr, o.HTTPSAddr, o.PeerAddr} {
		if addr == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return fmt.Errorf("edge: address to listen on: %w", err)
		}
	}
	// The kernel's limit (sun_path); beyond it bind fails with a message nobody understands.
	if longest := 107 - len(".4194304.new"); len(o.Socket) > longest {
		return fmt.Errorf("edge: the path of the control socket is longer than %d characters: %s", longest, o.Socket)
	}
	var err error
	if o.trusted, err = trust.Parse(o.TrustedProxies); err != nil {
		return fmt.Errorf("edge: %w", err)
	}
	o.ClientPatience = cmp.Or(o.ClientPatience, DefaultPatience)
	o.ClientMinRate = cmp.Or(o.ClientMinRate, DefaultMinRate)
	o.ConnectionsPerClient = cmp.Or(o.ConnectionsPerClient, DefaultConnectionsPerClient)
	o.RequestsPerClient = cmp.Or(o.RequestsPerClient, DefaultRequestsPerClient)
	if o.TLS.Issuer == "" {
		o.TLS.Issuer = certs.Internal
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	if o.StopGrace == 0 {
		o.StopGrace = defaultStopGrace
	}
	if o.Linger == 0 {
		o.Linger = defaultLinger
	}
	if o.RetireGrace == 0 {
		o.RetireGrace = defaultRetireGrace
	}
	return nil
}
