package edge_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge"
)

// trust is a client configuration that trusts the edge's own authority and nothing else.
func (r *running) trust(t testing.TB, host string) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(r.dir, "certs", "pki", "authorities", "local", "root.crt"))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	return &tls.Config{RootCAs: roots, ServerName: host}
}

func (r *running) secureAddr() string { return fmt.Sprintf("127.0.0.1:%d", r.at.HTTPSPort) }

func withTLS(o *edge.Options) { o.HTTPSAddr = "127.0.0.1:0" }

func TestCertificatesAreHadOnDemandForKnownHostsOnly(t *testing.T) {
	t.Parallel()
	_, e := spawnEdge(t, tempDir(t), withTLS)
	e.put(t, service("svc_a", "a.example.test", pool("rel_1", backend(t, "a", seen))))

	c := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: e.trust(t, "a.example.test"), ForceAttemptHTTP2: true}}
	req, _ := http.NewRequest(http.MethodGet, "https://"+e.secureAddr()+"/", nil)
	req.Host = "a.example.test"
	resp, err := c.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	require.Equal(t, "HTTP/2.0", resp.Proto)
	require.Contains(t, string(b), "X-Forwarded-Proto: https")
	require.Equal(t, []string{"a.example.test"}, resp.TLS.PeerCertificates[0].DNSNames)

	for _, name := range []string{"unknown.test", ""} {
		config := e.trust(t, name)
		config.InsecureSkipVerify = true // even one that takes any certificate gets none
		conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", e.secureAddr(), config)
		if err == nil {
			conn.Close()
		}
		require.Error(t, err, name)
	}

	// The name that was proven is not the name that is asked for: still only the table decides.
	req.Host = "other.test"
	resp, err = c.Do(req)
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, 404, resp.StatusCode)
}

func TestHTTP3(t *testing.T) {
	t.Parallel()
	_, e := spawnEdge(t, tempDir(t), withTLS)
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Write(b)
	}))))
	tr := &http3.Transport{TLSClientConfig: e.trust(t, "a.test")}
	defer tr.Close()
	c := &http.Client{Transport: tr, Timeout: 20 * time.Second}
	body := strings.Repeat("three", 50_000)
	req, _ := http.NewRequest(http.MethodPost, "https://"+e.secureAddr()+"/", strings.NewReader(body))
	req.Host = "a.test"
	resp, err := c.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "HTTP/3.0", resp.Proto)
	require.Equal(t, body, string(b))

	// It is found by Alt-Svc.
	h2 := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: e.trust(t, "a.test")}}
	req, _ = http.NewRequest(http.MethodGet, "https://"+e.secureAddr()+"/", nil)
	req.Host = "a.test"
	resp, err = h2.Do(req)
	require.NoError(t, err)
	resp.Body.Close()
	require.Contains(t, resp.Header.Get("Alt-Svc"), fmt.Sprintf(`h3=":%d"`, e.at.HTTPSPort))
}

func TestPlainRequestsAreSentToHTTPSIfSoConfigured(t *testing.T) {
	t.Parallel()
	_, e := spawnEdge(t, tempDir(t), func(o *edge.Options) { withTLS(o); o.TLS.Redirect = true })
	e.put(t, service("svc_a", "a.test", pool("rel_1", backend(t, "a", nil))))
	resp, _ := e.do(t, "GET", "A.test:80", "/x?y=z", nil)
	require.Equal(t, http.StatusPermanentRedirect, resp.StatusCode)
	require.Equal(t, fmt.Sprintf("https://a.test:%d/x?y=z", e.at.HTTPSPort), resp.Header.Get("Location"))
	resp, _ = e.do(t, "GET", "unknown.test", "/", nil)
	require.Equal(t, 404, resp.StatusCode, "no stranger's host name is redirected to")
}
