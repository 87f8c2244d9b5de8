package certs_test

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge/certs"
)

// handshake connects to a server that listens with the authority's certificates.
func handshake(t *testing.T, a *certs.Authority, name string, within time.Duration) error {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", a.TLSConfig())
	require.NoError(t, err)
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			_ = c.(*tls.Conn).Handshake()
			_ = c.Close()
		}
	}()
	pem, err := os.ReadFile(a.RootFile())
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: within}, "tcp", l.Addr().String(), &tls.Config{ServerName: name, RootCAs: roots})
	if err == nil {
		_ = c.Close()
	}
	return err
}

func TestEachNameHasTheAuthorityThatCanVouchForIt(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	directory := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusNotFound)
	}))
	defer directory.Close()
	a, err := certs.Start(certs.Options{Dir: t.TempDir(), Issuer: certs.ACME, Email: "ops@example.com", CA: directory.URL,
		Allowed: func(host string) bool { return host != "unknown.test" }, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer a.Stop()

	require.NoError(t, handshake(t, a, "shop-acme.localhost", 20*time.Second))
	require.Zero(t, asked.Load(), "no public authority is asked about localhost")
	require.Error(t, handshake(t, a, "unknown.test", 20*time.Second))
	require.Zero(t, asked.Load(), "nor about names that nobody has")
	require.Error(t, handshake(t, a, "shop.example.com", time.Second), "this authority gives none")
	require.Eventually(t, func() bool { return asked.Load() > 0 }, 20*time.Second, 10*time.Millisecond, "but it is asked")
}

func TestUnknownIssuerIsRefused(t *testing.T) {
	t.Parallel()
	_, err := certs.Start(certs.Options{Dir: t.TempDir(), Issuer: "wishful", Logger: slog.New(slog.DiscardHandler)})
	require.ErrorContains(t, err, "wishful")
}
