package hub_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/authority"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/hub/hubtest"
)

// certificate asks for one and returns the answer.
func (a *wireAgent) certificate(request string) wire.PeerCertificate {
	a.t.Helper()
	a.send(wire.TypePeerCertificateRequest, wire.PeerCertificateRequest{Request: request})
	c, err := wire.Decode[wire.PeerCertificate](a.expect(wire.TypePeerCertificate))
	require.NoError(a.t, err)
	return c
}

func TestAServersCertificateNamesTheServerThatWasAdmitted(t *testing.T) {
	t.Parallel()
	plane := hubtest.New(t)
	signer, err := authority.New(hubtest.Org, time.Now())
	require.NoError(t, err)
	h := plane.Start("", func(o *hubOptions) {
		o.Certify = func(_ context.Context, org, server, request string) (string, string, error) {
			require.Equal(t, hubtest.Org, org)
			certificate, err := signer.Sign(request, server, time.Now())
			return certificate, signer.Certificate(), err
		}
	})
	server, token := plane.AddServer("one")
	a, _ := connect(t, h.URL, token, instance1)

	for range 20 {
		bad := a.certificate("-----BEGIN NONSENSE-----")
		require.NotEmpty(t, bad.Problem)
		require.Empty(t, bad.Certificate)

		_, request, err := authority.NewRequest()
		require.NoError(t, err)
		good := a.certificate(request)
		require.Empty(t, good.Problem)
		require.Equal(t, signer.Certificate(), good.Authority)
		block, _ := pem.Decode([]byte(good.Certificate))
		leaf, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		name, err := authority.NameOf(leaf)
		require.NoError(t, err)
		require.Equal(t, authority.Name{Organization: hubtest.Org, Server: server}, name)
	}
}

func TestAControlPlaneThatSignsNothingSaysSo(t *testing.T) {
	t.Parallel()
	plane := hubtest.New(t)
	h := plane.Start("", nil)
	_, token := plane.AddServer("one")
	a, _ := connect(t, h.URL, token, instance1)
	require.Contains(t, a.certificate("x").Problem, "signs no certificates")
}

// What other servers are told about a server is its own word, and must be an address at least.
func TestAPeerAddressThatIsNoneIsNotPassedOn(t *testing.T) {
	t.Parallel()
	plane := hubtest.New(t)
	h := plane.Start("", nil)
	for said, kept := range map[string]string{
		"10.0.0.1:7743": "10.0.0.1:7743", "[fd00::1]:7743": "[fd00::1]:7743", "box.example.com:1": "box.example.com:1",
		"10.0.0.1": "", ":7743": "", "10.0.0.1:0": "", "10.0.0.1:http": "", "": "",
	} {
		id, token := plane.AddServer("server" + hubtest.Hash(said)[:8])
		conn, _, err := dial(h.URL, token, instance1)
		require.NoError(t, err)
		a := &wireAgent{t: t, conn: conn}
		t.Cleanup(func() { _ = conn.CloseNow() })
		a.send(wire.TypeHello, wire.Hello{Protocol: wire.Version, Instance: instance1, PeerAddress: said})
		a.expect(wire.TypeWelcome)
		require.Equal(t, kept, plane.Facts(id).PeerAddress, "%q", said)
		at, err := hub.Locate(within(t), plane.Pool, id)
		require.NoError(t, err)
		require.Equal(t, kept, at.PeerAddress, "%q", said)
	}
}
