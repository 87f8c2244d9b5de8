package e2e

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/harness"
)

// onBoth is a service with a replica on each of two machines, which both edges serve.
func onBoth(ctx context.Context, t *testing.T, p *harness.Platform, machines []*harness.Machine) (id, host string) {
	t.Helper()
	one, two := machines[0], machines[1]
	d, err := p.Deploy(ctx, program(t, "v1", nil), "shop", "web", "--server", one.Name)
	require.NoError(t, err)
	_, err = p.Syn(ctx, "move", "shop/web", "--to", one.Name, "--to", two.Name)
	require.NoError(t, err)
	s, err := p.Service(ctx, d.ServiceID)
	require.NoError(t, err)
	require.Equal(t, []string{one.Server, two.Server}, s.Placement.Servers())
	for _, m := range machines {
		answersFrom(ctx, t, m, s.Host, one.Address, two.Address)
	}
	return d.ServiceID, s.Host
}

// answersFrom waits until replicas on all of some machines, and on no other, have answered through a machine's edge.
func answersFrom(ctx context.Context, t *testing.T, m *harness.Machine, host string, addresses ...string) {
	t.Helper()
	seen := map[string]bool{}
	require.EventuallyWithT(t, func(c *collect) {
		status, body, err := m.Fetch(ctx, host, "/where")
		require.NoError(c, err)
		require.Equal(c, http.StatusOK, status, body)
		require.True(c, slices.Contains(addresses, body), "%s answered", body)
		seen[body] = true
		require.Len(c, seen, len(addresses), "%s: all of them answer through it", m.Name)
	}, time.Minute, 20*time.Millisecond)
}

// under is a load through a machine's edge that has answered some requests.
func under(t *testing.T, m *harness.Machine, host string) *harness.Load {
	t.Helper()
	load := m.StartLoad(host, "/", 2, 5*time.Minute)
	more(t, load, 100)
	return load
}

// more waits for so many further requests.
func more(t *testing.T, load *harness.Load, requests int64) {
	t.Helper()
	from := load.Requests()
	require.Eventually(t, func() bool { return load.Requests() > from+requests }, time.Minute, 10*time.Millisecond)
}

// Given a service on two servers under load through both edges, when one server loses its power, then no request through
// the other fails, before or after the control plane notices.
func TestAServiceOnTwoServersOutlivesOneOfThem(t *testing.T) {
	ctx, p, machines := organization(t, "box-1", "box-2")
	lost, stays := machines[0], machines[1]
	_, host := onBoth(ctx, t, p, machines)

	through := under(t, lost, host)
	load := under(t, stays, host)
	require.NoError(t, lost.Lose())
	more(t, load, 500)
	require.EventuallyWithT(t, func(c *collect) {
		shown, err := lost.Shown(ctx, p)
		require.NoError(c, err)
		require.Equal(c, "offline", shown.State)
	}, 2*time.Minute, 100*time.Millisecond)
	more(t, load, 500)
	report := load.Stop()
	require.Zero(t, report.Failed, "of %d through the server that stays; the first: %s", report.Requests, report.First)
	require.Positive(t, through.Stop().Requests, "what was on its way to the dead server is lost")
	answersFrom(ctx, t, stays, host, stays.Address)
}

// Given a service on two servers, every operation is about both of them, and a restart fails no request at either edge.
func TestOperationsReachEveryServerOfAService(t *testing.T) {
	ctx, p, machines := organization(t, "box-1", "box-2")
	id, host := onBoth(ctx, t, p, machines)
	one, two := machines[0], machines[1]
	operate := func(args ...string) {
		t.Helper()
		_, err := p.Syn(ctx, append(args, "--project", "shop", "--service", "web")...)
		require.NoError(t, err)
	}
	running := func(want int) {
		t.Helper()
		for _, m := range machines {
			require.EventuallyWithT(t, func(c *collect) {
				shown, err := m.Running(ctx, p, id)
				require.NoError(c, err)
				require.Equal(c, want, shown, m.Name)
			}, time.Minute, 100*time.Millisecond)
		}
	}

	loads := []*harness.Load{under(t, one, host), under(t, two, host)}
	operate("scale", "2")
	running(2)
	operate("restart")
	running(2)
	operate("scale", "1")
	running(1)
	for i, load := range loads {
		report := load.Stop()
		require.Zero(t, report.Failed, "of %d through %s; the first: %s", report.Requests, machines[i].Name, report.First)
	}

	operate("stop")
	running(0)
	for _, m := range machines {
		status, _, err := m.Fetch(ctx, host, "/")
		require.NoError(t, err)
		require.Equal(t, http.StatusServiceUnavailable, status, m.Name)
	}
	operate("start")
	running(1)
	for _, m := range machines {
		answersFrom(ctx, t, m, host, one.Address, two.Address)
	}
}
