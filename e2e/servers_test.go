package e2e

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/harness"
)

// collect is what a condition that is waited for reports to.
type collect = assert.CollectT

// requireNetwork leaves the test out where no network namespaces can be made, unless the run promised them.
func requireNetwork(t *testing.T) *harness.Network {
	t.Helper()
	if err := harness.CanNetwork(); err != nil {
		if os.Getenv("SYNTRA_REQUIRE_NETWORK") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	n, err := harness.NewNetwork()
	require.NoError(t, err)
	t.Cleanup(n.Remove)
	return n
}

// organization is a platform and the machines that have joined it, each with an address of its own.
func organization(t *testing.T, names ...string) (context.Context, *harness.Platform, []*harness.Machine) {
	t.Helper()
	network := requireNetwork(t)
	ctx, p := own(t, harness.Options{Args: []string{"--listen", network.Gateway() + ":0", "--runtime", "process"}})
	dir := t.TempDir()
	machines := make([]*harness.Machine, len(names))
	for i, name := range names {
		m, err := network.Machine(name)
		require.NoError(t, err)
		require.NoError(t, m.Join(ctx, p, filepath.Join(dir, name)))
		machines[i] = m
	}
	return ctx, p, machines
}

// serves waits until a machine's edge answers for a host with a body.
func serves(ctx context.Context, t *testing.T, m *harness.Machine, host, want string) {
	t.Helper()
	require.EventuallyWithT(t, func(c *collect) {
		status, body, err := m.Fetch(ctx, host, "/")
		require.NoError(c, err)
		require.Equal(c, http.StatusOK, status, body)
		require.Equal(c, want, body)
	}, time.Minute, 100*time.Millisecond, "%s serves %s", m.Name, host)
}

func TestEachServerServesItsOwnServicesAtItsOwnAddress(t *testing.T) {
	ctx, p, machines := organization(t, "box-1", "box-2")
	hosts := map[*harness.Machine]string{}
	for _, m := range machines {
		d, err := p.Deploy(ctx, program(t, "on "+m.Name, nil), "shop", "of-"+m.Name, "--server", m.Name)
		require.NoError(t, err)
		s, err := p.Service(ctx, d.ServiceID)
		require.NoError(t, err)
		hosts[m] = s.Host
		shown, err := m.Shown(ctx, p)
		require.NoError(t, err)
		require.Equal(t, m.PeerAddress(), shown.PeerAddress, "other servers reach it here")
	}
	for _, at := range machines {
		for _, of := range machines {
			status, body, err := at.Fetch(ctx, hosts[of], "/")
			require.NoError(t, err)
			if at == of {
				require.Equal(t, "on "+of.Name, body)
			} else {
				require.Equal(t, http.StatusNotFound, status, "a service that lives elsewhere is not known here")
			}
		}
	}

	// A server that loses its power takes nothing but its own services with it.
	lost, stays := machines[0], machines[1]
	require.NoError(t, lost.Lose())
	short, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, _, err := lost.Fetch(short, hosts[lost], "/")
	require.Error(t, err)
	serves(ctx, t, stays, hosts[stays], "on "+stays.Name)
	require.EventuallyWithT(t, func(c *collect) {
		shown, err := lost.Shown(ctx, p)
		require.NoError(c, err)
		require.Equal(c, "offline", shown.State)
	}, time.Minute, 100*time.Millisecond)
}
