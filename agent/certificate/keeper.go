package certificate

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/authority"
	"github.com/syntra-dev/syntra/edge/control"
)

// edgeTimeout bounds one call to the edge.
const edgeTimeout = 15 * time.Second

// certifyAgain is how soon the agent looks again when the edge did not take its certificate.
const certifyAgain = time.Second

// signing is the certificate that this agent is getting: the key is made, and the request under way.
type signing struct {
	mu    sync.Mutex
	key   string
	at    time.Time     // of the last request
	looks chan struct{} // asks for a look now
}

// begin makes a key and the request to sign it; "" if the last request is younger than pause.
func (s *signing) begin(now time.Time, pause time.Duration) (request string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.at) < pause {
		return "", nil
	}
	if s.key, request, err = authority.NewRequest(); err != nil {
		return "", err
	}
	s.at = now
	return request, nil
}

// end returns the key that a certificate has come for; "" if nobody asked for one.
func (s *signing) end() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := s.key
	s.key = ""
	return key
}

// look makes Run look now.
func (s *signing) look() {
	select {
	case s.looks <- struct{}{}:
	default:
	}
}

// Edge is the proxy beside the agent, as far as certificates are concerned.
type Edge interface {
	Status(ctx context.Context) (control.Status, error)
	PutIdentity(ctx context.Context, identity control.Identity) error
}

// Options of a Keeper. All are required but Edge.
type Options struct {
	Store *Store
	// Edge is supplied with the certificate; nil where this server has none: then it needs no certificate.
	Edge Edge
	// Every is how often it is looked whether a certificate is due, and how long is waited for one before it is asked for
	// again.
	Every  time.Duration
	Logger *slog.Logger
	// Name is who this server is; nil before the control plane has said so.
	Name func() *authority.Name
	// Send sends over whatever session there is now, and reports whether there is one.
	Send func(frameType string, v any) bool
}

// Keeper keeps the server's certificate fresh and the edge supplied with it.
type Keeper struct {
	opts    Options
	signing signing
}

// NewKeeper makes a Keeper.
func NewKeeper(o Options) *Keeper {
	return &Keeper{opts: o, signing: signing{looks: make(chan struct{}, 1)}}
}

// Look makes the keeper look now whether a certificate is due.
func (k *Keeper) Look() { k.signing.look() }

// Run keeps until ctx ends. An edge that has one goes on with it
// while agent or control plane are away.
func (k *Keeper) Run(ctx context.Context) error {
	if k.opts.Edge == nil {
		return nil
	}
	for failed := false; ; {
		err := k.ask()
		if err == nil {
			err = k.supplyEdge(ctx)
		}
		if err != nil && !failed && ctx.Err() == nil {
			k.opts.Logger.Warn("agent: the edge cannot be given a certificate for other servers now; trying again", "error", err)
		}
		failed = err != nil
		pause := k.opts.Every
		if failed {
			pause = min(pause, certifyAgain)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-k.signing.looks:
		case <-time.After(pause):
		}
	}
}

func (k *Keeper) ask() error {
	name := k.opts.Name()
	if name == nil || !k.opts.Store.Due(*name, time.Now()) {
		return nil
	}
	request, err := k.signing.begin(time.Now(), k.opts.Every)
	if err != nil || request == "" {
		return err
	}
	k.opts.Send(wire.TypePeerCertificateRequest, wire.PeerCertificateRequest{Request: request}) // else it is asked again
	return nil
}

// Certified keeps the certificate that was asked for.
func (k *Keeper) Certified(c wire.PeerCertificate) {
	key := k.signing.end()
	if key == "" {
		return
	}
	if c.Problem != "" {
		k.opts.Logger.Warn("agent: no certificate for other servers; asking again", "cause", c.Problem)
		return
	}
	if err := k.opts.Store.Put(control.Identity{Certificate: c.Certificate, Key: key, Authority: c.Authority}); err != nil {
		k.opts.Logger.Error("agent: the server's certificate cannot be kept; asking again", "error", err)
		return
	}
	k.signing.look()
}

// supplyEdge gives the edge the certificate where it has another.
func (k *Keeper) supplyEdge(ctx context.Context) error {
	identity, until, ok := k.opts.Store.Current()
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
	defer cancel()
	status, err := k.opts.Edge.Status(ctx)
	if err != nil {
		return err
	}
	if status.Peer.Server != "" && status.Peer.Until.Equal(until) {
		return nil
	}
	return k.opts.Edge.PutIdentity(ctx, identity)
}
