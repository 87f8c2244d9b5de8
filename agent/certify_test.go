package agent_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/authority"
	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/hub/hubtest"
	"github.com/syntra-dev/syntra/vault"
)

// certify is hub.Options.Certify.
type certify = func(ctx context.Context, org, server, request string) (certificate, authority string, err error)

// issuer signs as the platform does, with authorities in a real vault.
func issuer(t testing.TB, plane *hubtest.Plane) certify {
	t.Helper()
	v, err := vault.Open(context.Background(), plane.Pool, filepath.Join(t.TempDir(), "key.json"))
	require.NoError(t, err)
	return authority.Issuer{Secrets: v}.Issue
}

// peerStatus is how the node's edge shows itself to other servers.
func (n *node) peerStatus() control.PeerStatus {
	n.t.Helper()
	status, err := control.NewClient(n.setup.EdgeSocket).Status(n.t.Context())
	require.NoError(n.t, err)
	return status.Peer
}

// certified waits until the node's edge shows the node's certificate.
func (n *node) certified() {
	n.t.Helper()
	soon(n.t, "the edge has the server's certificate", func() bool { return n.peerStatus().Server == n.server })
}

func TestAServerGetsACertificateAndSaysWhereOthersReachIt(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	n.certified()
	require.Equal(t, hubtest.Org, n.peerStatus().Organization)
	require.WithinDuration(t, time.Now().Add(authority.Lifetime), n.peerStatus().Until, time.Minute)

	require.Equal(t, peerAddressOf(n), n.plane.Facts(n.server).PeerAddress)

	file := filepath.Join(n.setup.DataDir, "certificate.json")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	n.stop()
	n.start()
	n.certified()
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, before, after, "a certificate that is good for long is not asked for again")
}

func TestACertificateIsRenewedBeforeItEnds(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	sign, asked := n.certify, atomic.Int64{}
	a, err := authority.New(hubtest.Org, time.Now())
	require.NoError(t, err)
	n.certify = func(ctx context.Context, org, server, request string) (string, string, error) {
		switch asked.Add(1) {
		case 1:
			return "", "", errors.New("the database is away")
		case 2: // one whose end is near
			certificate, err := a.Sign(request, server, time.Now().Add(-authority.Lifetime+time.Hour))
			return certificate, a.Certificate(), err
		}
		return sign(ctx, org, server, request)
	}
	n.hub.Stop()
	n.startHub(n.hub.Addr())
	n.start()
	soon(t, "the edge has one that is good for long", func() bool {
		return n.peerStatus().Until.After(time.Now().Add(authority.Lifetime - time.Hour))
	})
	require.EqualValues(t, 3, asked.Load())
}
