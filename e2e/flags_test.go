package e2e

import (
	"context"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/edge/control"
)

func TestAnEdgeWithHTTPSSendsPlainHTTPThere(t *testing.T) {
	for name, want := range map[string]int{"": http.StatusPermanentRedirect, "--plain-http": http.StatusServiceUnavailable} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		dir := t.TempDir()
		socket := filepath.Join(dir, "e.sock")
		args := []string{"edge", "--data", dir, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--socket", socket}
		if name != "" {
			args = append(args, name)
		}
		cmd := exec.CommandContext(ctx, harness.Bin("syntra"), args...)
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		client := control.NewClient(socket)
		var status control.Status
		eventually(ctx, t, "the edge answers", func() bool {
			var err error
			status, err = client.Status(ctx)
			return err == nil
		})
		require.NoError(t, client.PutService(ctx, control.Service{ID: "svc_1", Hosts: []string{"shop.localhost"}}))

		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+strconv.Itoa(status.HTTPPort)+"/basket", nil)
		require.NoError(t, err)
		req.Host = "shop.localhost"
		res, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())

		require.Equal(t, want, res.StatusCode, name)
		if want == http.StatusPermanentRedirect {
			require.Equal(t, "https://"+net.JoinHostPort("shop.localhost", strconv.Itoa(status.HTTPSPort))+"/basket", res.Header.Get("Location"))
		}
	}
}

func TestServeSaysWhatIsWrongWithATrustedProxy(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), harness.Bin("syntra"), "serve", "--data", t.TempDir(), "--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "my-proxy")
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), `--trusted-proxy "my-proxy" is neither an address nor a network`)
}
