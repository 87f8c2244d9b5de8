package agent

import (
	"context"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/authority"
	"github.com/syntra-dev/syntra/edge/control"
)

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

// look makes keepCertified look now.
func (s *signing) look() {
	select {
	case s.looks <- struct{}{}:
	default:
	}
}

// keepCertified keeps the server's certificate fresh and the edge supplied with it. An edge that has one goes on with it
// while agent or control plane are away.
func (a *Agent) keepCertified(ctx context.Context) error {
	if a.opts.Edge == nil {
		return nil
	}
	for failed := false; ; {
		err := a.askForCertificate()
		if err == nil {
			err = a.supplyEdge(ctx)
		}
		if err != nil && !failed && ctx.Err() == nil {
			a.log.Warn("agent: the edge cannot be given a certificate for other servers now; trying again", "error", err)
		}
		failed = err != nil
		pause := a.opts.Certify
		if failed {
			pause = min(pause, certifyAgain)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-a.signing.looks:
		case <-time.After(pause):
		}
	}
}

func (a *Agent) askForCertificate() error {
	s, name := a.session.Load(), a.name.Load()
	if s == nil || name == nil || !a.certificate.Due(*name, time.Now()) {
		return nil
	}
	request, err := a.signing.begin(time.Now(), a.opts.Certify)
	if err != nil || request == "" {
		return err
	}
	return s.send(wire.TypePeerCertificateRequest, wire.PeerCertificateRequest{Request: request})
}

// certified keeps the certificate that was asked for.
func (a *Agent) certified(c wire.PeerCertificate) {
	key := a.signing.end()
	if key == "" {
		return
	}
	if c.Problem != "" {
		a.log.Warn("agent: no certificate for other servers; asking again", "cause", c.Problem)
		return
	}
	if err := a.certificate.Put(control.Identity{Certificate: c.Certificate, Key: key, Authority: c.Authority}); err != nil {
		a.log.Error("agent: the server's certificate cannot be kept; asking again", "error", err)
		return
	}
	a.signing.look()
}

// supplyEdge gives the edge the certificate where it has another.
func (a *Agent) supplyEdge(ctx context.Context) error {
	identity, until, ok := a.certificate.Current()
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
	defer cancel()
	status, err := a.opts.Edge.Status(ctx)
	if err != nil {
		return err
	}
	if status.Peer.Server != "" && status.Peer.Until.Equal(until) {
		return nil
	}
	return a.opts.Edge.PutIdentity(ctx, identity)
}
