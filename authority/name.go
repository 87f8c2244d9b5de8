// Package authority is how the servers of one organization know each other: each organization has a certificate
// authority of its own, whose key is a secret of the platform, and each server a certificate that names it.
//
// A name is the URI syntra://<organization>/server/<server>, the only name in a certificate. A key is made on the server
// and never leaves it; what the control plane gets is a request to sign. Certificates live for Lifetime and are replaced
// long before their end. There is no list of revoked ones: the servers to talk to are told apart from this (the peers of
// a route), and a server that is not among them is refused whatever it shows.
package authority

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// scheme and kind are the fixed parts of a name.
const (
	scheme = "syntra"
	kind   = "server"
)

// Name is who a certificate speaks for.
type Name struct{ Organization, Server string }

// URI returns the form that stands in certificates.
func (n Name) URI() *url.URL {
	return &url.URL{Scheme: scheme, Host: n.Organization, Path: "/" + kind + "/" + n.Server}
}

// NameOf returns the name in a certificate whose signature has been checked. One that has no name of this form, or
// several names, speaks for nobody.
func NameOf(c *x509.Certificate) (Name, error) {
	if len(c.URIs) != 1 || len(c.DNSNames)+len(c.IPAddresses)+len(c.EmailAddresses) > 0 {
		return Name{}, errors.New("the certificate does not have exactly one name")
	}
	u := c.URIs[0]
	server, ok := strings.CutPrefix(u.Path, "/"+kind+"/")
	n := Name{Organization: u.Host, Server: server}
	if !ok || n.Organization == "" || server == "" || strings.Contains(server, "/") || *u != *n.URI() {
		return Name{}, fmt.Errorf("the certificate's name %q is no server's", u)
	}
	return n, nil
}
