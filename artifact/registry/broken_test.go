package registry_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/artifacttest"
	"github.com/syntra-dev/syntra/artifact/remote"
)

// flaky is a network whose connections carry so many bytes at most, each way together.
type flaky struct {
	net.Listener
	carries func() int64
	broke   atomic.Int64
}

func (f *flaky) Accept() (net.Conn, error) {
	conn, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &flakyConn{Conn: conn, broke: &f.broke}
	c.left.Store(f.carries())
	return c, nil
}

type flakyConn struct {
	net.Conn
	left  atomic.Int64
	broke *atomic.Int64
	once  sync.Once
}

func (c *flakyConn) spend(n int) error {
	if c.left.Add(int64(-n)) < 0 {
		c.once.Do(func() { c.broke.Add(1); _ = c.Close() })
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (c *flakyConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if broken := c.spend(n); broken != nil {
		return 0, broken
	}
	return n, err
}

func (c *flakyConn) Write(p []byte) (int, error) {
	if err := c.spend(len(p)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// unreliable serves a house over connections that break.
func (h *house) unreliable(t *testing.T, carries func() int64) (url string, network *flaky) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	network = &flaky{Listener: l, carries: carries}
	server := &httptest.Server{Listener: network, Config: &http.Server{Handler: h.Handler()}}
	server.Start()
	t.Cleanup(server.Close)
	return server.URL, network
}

func TestTransfersGoOnAfterBreaks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	url, network := h.unreliable(t, func() int64 { return 1<<20 + rand.Int64N(6<<20) })
	noise := make([]byte, 30<<20)
	for i := range noise {
		noise[i] = byte(rand.IntN(256))
	}
	a := artifacttest.Image(t, "config", string(noise), "small")
	store := &remote.Store{URL: url, Token: h.token(t, artifacttest.Ours, true)}
	pushed, err := store.Push(t.Context(), artifacttest.Ours, a.Digest, bytes.NewReader(a.Layout))
	require.NoError(t, err)
	require.Equal(t, a.Manifest, pushed.Digest)
	require.Greater(t, network.broke.Load(), int64(3), "the network was not broken enough")

	network.broke.Store(0)
	var out bytes.Buffer
	require.NoError(t, store.Pull(t.Context(), artifacttest.Ours, a.Manifest, &out))
	require.True(t, bytes.Equal(a.Layout, out.Bytes()))
	require.Greater(t, network.broke.Load(), int64(3), "the network was not broken enough")
}

func TestATransferThatDoesNotGetOnEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	a := artifacttest.Image(t, "config", strings.Repeat("layer", 1<<20))
	_, err := h.Push(t.Context(), artifacttest.Ours, a.Digest, bytes.NewReader(a.Layout))
	require.NoError(t, err)
	url, _ := h.unreliable(t, func() int64 { return 0 })
	store := &remote.Store{URL: url, Token: h.token(t, artifacttest.Ours, true)}
	_, err = store.Push(t.Context(), artifacttest.Sister, a.Digest, bytes.NewReader(a.Layout))
	require.ErrorContains(t, err, "reach the registry")
	require.Empty(t, artifact.CodeOf(err), "it may be tried again")
	require.ErrorContains(t, store.Pull(t.Context(), artifacttest.Ours, a.Manifest, io.Discard), "reach the registry")
}
