package authority_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/authority"
)

func issue(t *testing.T, a *authority.Authority, server string, now time.Time) (tls.Certificate, *x509.Certificate) {
	t.Helper()
	key, request, err := authority.NewRequest()
	require.NoError(t, err)
	certificate, err := a.Sign(request, server, now)
	require.NoError(t, err)
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	require.NoError(t, err, "the certificate fits the key that never left")
	return pair, pair.Leaf
}

func fresh(t *testing.T, org string) *authority.Authority {
	t.Helper()
	a, err := authority.New(org, time.Now())
	require.NoError(t, err)
	return a
}

func trusting(t *testing.T, a *authority.Authority, at time.Time) x509.VerifyOptions {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(a.Certificate())))
	return x509.VerifyOptions{Roots: roots, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
}

func TestACertificateNamesItsServerForAWeek(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a := fresh(t, "org_1")
	secret, err := a.Secret()
	require.NoError(t, err)
	again, err := authority.Parse("org_1", secret)
	require.NoError(t, err)

	_, c := issue(t, again, "srv_1", now)

	name, err := authority.NameOf(c)
	require.NoError(t, err)
	require.Equal(t, authority.Name{Organization: "org_1", Server: "srv_1"}, name)
	require.Equal(t, "syntra://org_1/server/srv_1", c.URIs[0].String())
	for at, good := range map[time.Time]bool{now: true, now.Add(authority.Lifetime - time.Minute): true, now.Add(authority.Lifetime + time.Minute): false} {
		_, err = c.Verify(trusting(t, a, at))
		require.Equal(t, good, err == nil, "%s: %v", at.Sub(now), err)
	}
	_, err = c.Verify(trusting(t, fresh(t, "org_1"), now))
	require.Error(t, err, "another authority's")
}

func TestAServersCertificateSignsNothing(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a := fresh(t, "org_1")
	pair, c := issue(t, a, "srv_1", now)
	forged := &x509.Certificate{
		SerialNumber: c.SerialNumber, URIs: []*url.URL{authority.Name{Organization: "org_1", Server: "srv_2"}.URI()},
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, ExtKeyUsage: c.ExtKeyUsage,
	}
	pub, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, forged, c, pub, pair.PrivateKey)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	options := trusting(t, a, now)
	options.Intermediates = x509.NewCertPool()
	options.Intermediates.AddCert(c)
	_, err = leaf.Verify(options)
	require.Error(t, err)
}

func TestNamesOfAnotherFormSpeakForNobody(t *testing.T) {
	t.Parallel()
	parse := func(s string) *url.URL {
		u, err := url.Parse(s)
		require.NoError(t, err)
		return u
	}
	good := authority.Name{Organization: "org_1", Server: "srv_1"}.URI()
	for what, c := range map[string]*x509.Certificate{
		"none":          {},
		"two":           {URIs: []*url.URL{good, good}},
		"a host beside": {URIs: []*url.URL{good}, DNSNames: []string{"example.com"}},
		"scheme":        {URIs: []*url.URL{parse("spiffe://org_1/server/srv_1")}},
		"kind":          {URIs: []*url.URL{parse("syntra://org_1/user/srv_1")}},
		"deeper":        {URIs: []*url.URL{parse("syntra://org_1/server/srv_1/x")}},
		"no server":     {URIs: []*url.URL{parse("syntra://org_1/server/")}},
		"no org":        {URIs: []*url.URL{parse("syntra:///server/srv_1")}},
		"a query":       {URIs: []*url.URL{parse("syntra://org_1/server/srv_1?x=y")}},
		"a user":        {URIs: []*url.URL{parse("syntra://root@org_1/server/srv_1")}},
	} {
		_, err := authority.NameOf(c)
		require.Error(t, err, what)
	}
}

func TestRequestsThatAreNotOursAreRefused(t *testing.T) {
	t.Parallel()
	a := fresh(t, "org_1")
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	other, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	require.NoError(t, err)
	_, request, err := authority.NewRequest()
	require.NoError(t, err)
	block, _ := pem.Decode([]byte(request))
	block.Bytes[len(block.Bytes)-1] ^= 1
	for what, r := range map[string]string{
		"nothing":         "",
		"another block":   a.Certificate(),
		"another key":     string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: other})),
		"a bad signature": string(pem.EncodeToMemory(block)),
	} {
		_, err := a.Sign(r, "srv_1", time.Now())
		require.Error(t, err, what)
	}
}

// memory keeps secrets as the vault does, in a map.
type memory map[string]string

func (m memory) Ensure(_ context.Context, org, name string, fresh func() (string, error)) (string, error) {
	if s, there := m[org+"/"+name]; there {
		return s, nil
	}
	s, err := fresh()
	m[org+"/"+name] = s
	return s, err
}

func TestEachOrganizationHasOneAuthority(t *testing.T) {
	t.Parallel()
	issuer := authority.Issuer{Secrets: memory{}}
	authorities := map[string]bool{}
	for _, server := range [][2]string{{"org_1", "srv_1"}, {"org_1", "srv_2"}, {"org_2", "srv_3"}} {
		_, request, err := authority.NewRequest()
		require.NoError(t, err)
		_, signedBy, err := issuer.Issue(t.Context(), server[0], server[1], request)
		require.NoError(t, err)
		authorities[signedBy] = true
	}
	require.Len(t, authorities, 2)
}
