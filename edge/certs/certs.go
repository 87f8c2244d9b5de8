// Package certs gives the edge its certificates: Caddy's TLS and PKI apps as a library, without Caddy's servers and
// without its global configuration. Certificates are had on demand, at the first handshake for a host name that the
// edge's table knows, from Caddy's internal authority or by ACME, and kept and renewed in the edge's data directory.
package certs

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"
	_ "github.com/caddyserver/caddy/v2/modules/caddyevents" // certificate events
	_ "github.com/caddyserver/caddy/v2/modules/caddypki"    // the internal authority
	"github.com/caddyserver/caddy/v2/modules/caddytls"
	_ "github.com/caddyserver/caddy/v2/modules/filestorage" // where certificates are kept
)

// Issuers.
const (
	Internal = "internal"
	ACME     = "acme"
)

// Options say where certificates come from and for whom.
type Options struct {
	Dir    string // where certificates and keys are kept
	Issuer string // Internal or ACME
	Email  string // the ACME account's, optional
	CA     string // the ACME directory; empty: Caddy's default authorities
	// Allowed says whether a host name may have a certificate. It is asked at handshakes.
	Allowed func(host string) bool
	Logger  *slog.Logger
}

// Authority hands out certificates until it is stopped. Caddy's cache of certificates is shared by the whole process, so
// two authorities in one process must not have host names in common.
type Authority struct {
	dir      string
	instance string
	tls      *caddytls.TLS
	pki      caddy.App
	config   *tls.Config
}

// instances counts authorities, to tell them apart in Caddy's registry of modules, which is global.
var instances atomic.Uint64

// Start readies the authority; it opens no socket.
func Start(o Options) (*Authority, error) {
	a := &Authority{dir: o.Dir, instance: strconv.FormatUint(instances.Add(1), 10)}
	hooks.Store(a.instance, hook{o.Allowed, o.Logger})
	raw, err := config(o, a.instance)
	if err != nil {
		return nil, err
	}
	var cfg caddy.Config
	if err := json.Unmarshal(raw, &cfg); err != nil {
		return nil, fmt.Errorf("certificates' configuration: %w", err)
	}
	ctx, err := caddy.ProvisionContext(&cfg)
	if err != nil {
		return nil, fmt.Errorf("preparing certificates in %s: %w", o.Dir, err)
	}
	if err := a.start(ctx); err != nil {
		a.Stop()
		return nil, fmt.Errorf("starting the certificate authority: %w", err)
	}
	return a, nil
}

func (a *Authority) start(ctx caddy.Context) error {
	pki, err := ctx.App("pki")
	if err != nil {
		return err
	}
	app, err := ctx.App("tls")
	if err != nil {
		return err
	}
	a.pki, a.tls = pki.(caddy.App), app.(*caddytls.TLS)
	if err := errors.Join(a.pki.Start(), a.tls.Start()); err != nil {
		return err
	}
	policies := caddytls.ConnectionPolicies{{}}
	if err := policies.Provision(ctx); err != nil {
		return err
	}
	a.config = policies.TLSConfig(ctx)
	return nil
}

// TLSConfig is what a server listens with.
func (a *Authority) TLSConfig() *tls.Config { return a.config }

// Challenge answers an ACME HTTP challenge, if the request is one.
func (a *Authority) Challenge(w http.ResponseWriter, r *http.Request) bool {
	return a.tls.HandleHTTPChallenge(w, r)
}

// RootFile is the internal authority's root certificate (PEM), for those who want to trust it.
func (a *Authority) RootFile() string {
	return filepath.Join(a.dir, "pki", "authorities", "local", "root.crt")
}

// Stop ends renewals.
func (a *Authority) Stop() {
	if a.tls != nil {
		_ = a.tls.Stop()
	}
	if a.pki != nil {
		_ = a.pki.Stop()
	}
	hooks.Delete(a.instance)
}

type object = map[string]any

func config(o Options, instance string) ([]byte, error) {
	internal := object{"issuers": []object{{"module": "internal"}}, "on_demand": true}
	policies := []object{internal}
	switch o.Issuer {
	case Internal:
	case ACME:
		issuer := object{"module": "acme"}
		if o.Email != "" {
			issuer["email"] = o.Email
		}
		if o.CA != "" {
			issuer["ca"] = o.CA
		}
		// No public authority vouches for names that mean this machine.
		internal["subjects"] = []string{"localhost", "*.localhost"}
		policies = append(policies, object{"issuers": []object{issuer}, "on_demand": true})
	default:
		return nil, fmt.Errorf("certificate issuer %q is neither %q nor %q", o.Issuer, Internal, ACME)
	}
	return json.Marshal(object{
		"admin":   object{"disabled": true, "config": object{"persist": false}},
		"logging": object{"logs": object{"default": object{"level": "WARN", "writer": object{"output": "syntra_edge", "instance": instance}, "encoder": object{"format": "json"}}}},
		"storage": object{"module": "file_system", "root": o.Dir},
		"apps": object{
			"pki": object{"certificate_authorities": object{"local": object{"install_trust": false, "name": "Syntra Edge"}}},
			"tls": object{"automation": object{
				"policies":  policies,
				"on_demand": object{"permission": object{"module": "syntra_edge", "instance": instance}},
			}},
		},
	})
}
