package authority_test

import (
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/authority"
)

// FuzzSign: whatever an agent sends to be signed, it is refused, or the certificate names the agent's own server, and
// cannot sign others.
func FuzzSign(f *testing.F) {
	a, err := authority.New("org_1", time.Now())
	require.NoError(f, err)
	_, request, err := authority.NewRequest()
	require.NoError(f, err)
	f.Add(request)
	f.Add(a.Certificate())
	f.Add("-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n")
	f.Fuzz(func(t *testing.T, request string) {
		signed, err := a.Sign(request, "srv_1", time.Now())
		if err != nil {
			return
		}
		block, _ := pem.Decode([]byte(signed))
		c, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		name, err := authority.NameOf(c)
		require.NoError(t, err)
		require.Equal(t, authority.Name{Organization: "org_1", Server: "srv_1"}, name)
		require.False(t, c.IsCA)
	})
}

// FuzzName: a name that is read is exactly the one that stands there.
func FuzzName(f *testing.F) {
	for _, s := range []string{
		"syntra://org_1/server/srv_1", "syntra://org_1/server/srv_1?x", "syntra://org_1/server/%2e%2e", "syntra://a@b/server/c",
		"syntra://org_1:1/server/srv_1", "SYNTRA://org_1/server/srv_1", "syntra:org_1/server/srv_1", "syntra://org_1//server/srv_1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.Parse(s)
		if err != nil {
			return
		}
		name, err := authority.NameOf(&x509.Certificate{URIs: []*url.URL{u}})
		if err != nil {
			return
		}
		require.Equal(t, u.String(), name.URI().String())
		require.NotContains(t, name.Server, "/")
		require.NotEmpty(t, name.Organization)
	})
}
