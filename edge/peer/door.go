package peer

import (
	"net/http"
	"time"

	"github.com/syntra-dev/syntra/authority"
)

// Door answers what comes in from peers: it admits or refuses, and hands the rest on. Its listener has checked that the
// caller is a server of the organization.
type Door struct {
	// Admits reports whether a server may send a service's requests here.
	Admits func(service, server string) bool
	// Serves reports whether a replica of the release runs here and may get requests.
	Serves func(service, release string) bool
	// Next gives requests to replicas on this server, by ServiceHeader and ReleaseHeader.
	Next http.Handler
}

// ServeHTTP answers one request.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	service, release := Named(r.Header)
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		refuse(w, http.StatusForbidden, "no certificate")
		return
	}
	// A connection may outlive what it was admitted by.
	certificate := r.TLS.PeerCertificates[0]
	name, err := authority.NameOf(certificate)
	switch {
	case err != nil || time.Now().After(certificate.NotAfter):
		refuse(w, http.StatusForbidden, "the certificate is not good any more")
	case !d.Admits(service, name.Server):
		refuse(w, http.StatusForbidden, "the server is no peer of the service")
	case r.Header.Get(GreetingHeader) == "":
		d.Next.ServeHTTP(w, r)
	case !d.Serves(service, release):
		refuse(w, http.StatusServiceUnavailable, "no replica of the release takes requests here")
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// refuse says that the request was given to nobody.
func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set(UnservedHeader, why)
	w.Header().Set("Connection", "close")
	w.WriteHeader(status)
}
