// Package peer is the link between the edges of an organization's servers: HTTP/1.1 over mutual TLS.
//
// An edge that has no replica of a release, or has more work than its share, sends a request to a peer, which gives it
// to a replica of its own; never to a third server, so that no request can go round. Both ends check that the other's
// certificate is of their organization's authority (package authority). Beyond that, the end that is called admits only
// the servers that the service's entry in its table names, and the calling end only the server that it meant to call.
//
// A connection begins with a greeting: a request that names a service and a release, answered with 204 by an edge that
// has replicas of it. Only then do requests follow. So a certificate that is refused, a server that was removed and a
// release that has gone are all known before a request is at stake. An answer with the header Syntra-Peer-Unserved
// stands for a request that no replica received: the calling edge sends it elsewhere.
package peer

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/syntra-dev/syntra/authority"
	"github.com/syntra-dev/syntra/edge/control"
)

// ErrNoIdentity says that the agent has not given the edge its certificate yet.
var ErrNoIdentity = errors.New("this edge has no certificate to show to other servers yet")

// Credentials are what an edge shows itself by. They are replaced while in use; the zero value has none.
type Credentials struct{ current atomic.Pointer[credential] }

type credential struct {
	name  authority.Name
	pair  tls.Certificate
	roots *x509.CertPool
}

// Set replaces the credentials for new connections.
func (c *Credentials) Set(i control.Identity) error {
	pair, err := tls.X509KeyPair([]byte(i.Certificate), []byte(i.Key))
	if err != nil {
		return fmt.Errorf("the certificate and its key: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(i.Authority)) {
		return errors.New("the authority's certificate cannot be read")
	}
	name, err := authority.NameOf(pair.Leaf)
	if err != nil {
		return err
	}
	c.current.Store(&credential{name: name, pair: pair, roots: roots})
	return nil
}

// Name returns who the edge is, and until when its certificate is good; false where it has none.
func (c *Credentials) Name() (name authority.Name, until time.Time, ok bool) {
	own := c.current.Load()
	if own == nil {
		return authority.Name{}, time.Time{}, false
	}
	return own.name, own.pair.Leaf.NotAfter, true
}

// ServerConfig is for the listener that peers dial. admits reports whether a server of the organization may connect.
func (c *Credentials) ServerConfig(admits func(server string) bool) *tls.Config {
	forClient := func(*tls.ClientHelloInfo) (*tls.Config, error) {
		own := c.current.Load()
		if own == nil {
			return nil, ErrNoIdentity
		}
		return &tls.Config{
			MinVersion:   tls.VersionTLS13,
			NextProtos:   []string{"http/1.1"},
			Certificates: []tls.Certificate{own.pair},
			ClientAuth:   tls.RequireAndVerifyClientCert,
			ClientCAs:    own.roots,
			// Every connection is checked anew. And nothing is sent that nobody asked for: a resting connection on
			// which bytes arrive counts as broken.
			SessionTicketsDisabled: true,
			VerifyConnection: func(s tls.ConnectionState) error {
				name, err := own.nameOf(s)
				if err == nil && !admits(name.Server) {
					err = fmt.Errorf("server %s is none of this server's peers", name.Server)
				}
				return err
			},
		}, nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, GetConfigForClient: forClient}
}

// clientConfig is for a connection to one server.
func (c *Credentials) clientConfig(server string) (*tls.Config, error) {
	own := c.current.Load()
	if own == nil {
		return nil, ErrNoIdentity
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		NextProtos:   []string{"http/1.1"},
		Certificates: []tls.Certificate{own.pair},
		// The library would look for a host name. Names here are servers', and checked below with all the rest.
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection does it
		VerifyConnection: func(s tls.ConnectionState) error {
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: own.roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
			if err != nil {
				return err
			}
			name, err := own.nameOf(s)
			if err == nil && name.Server != server {
				err = fmt.Errorf("server %s answers at the address of %s", name.Server, server)
			}
			return err
		},
	}, nil
}

// nameOf returns who the other side is, if it is of the same organization.
func (own *credential) nameOf(s tls.ConnectionState) (authority.Name, error) {
	name, err := authority.NameOf(s.PeerCertificates[0])
	if err == nil && name.Organization != own.name.Organization {
		err = fmt.Errorf("%s is a server of another organization", name.URI())
	}
	return name, err
}
