package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/harness"
)

// Given a service under load through the edge of its server, when it moves to another one, then no request fails: the old
// edge serves all the time, from its own replica until the new one has the traffic, and by passing on afterwards, while the
// world still knows the service by the old address. The new edge serves from its shift on. The artifact went along.
func TestAServiceMovesToAnotherServerWithoutAFailedRequest(t *testing.T) {
	ctx, p, machines := organization(t, "box-1", "box-2")
	old, to := machines[0], machines[1]
	d, err := p.Deploy(ctx, program(t, "v1", nil), "shop", "web", "--server", old.Name)
	require.NoError(t, err)
	s, err := p.Service(ctx, d.ServiceID)
	require.NoError(t, err)
	answersFrom(ctx, t, old, s.Host, old.Address)

	load := under(t, old, s.Host)
	_, err = p.Syn(ctx, "move", "shop/web", "--to", to.Name)
	require.NoError(t, err)
	after := under(t, to, s.Host)
	more(t, load, 200)
	for _, l := range []*harness.Load{load, after} {
		report := l.Stop()
		require.Zero(t, report.Failed, "of %d; the first: %s", report.Requests, report.First)
	}
	answersFrom(ctx, t, to, s.Host, to.Address)
	answersFrom(ctx, t, old, s.Host, to.Address)

	s, err = p.Service(ctx, d.ServiceID)
	require.NoError(t, err)
	require.Equal(t, []string{to.Server}, s.Placement.Servers())
	require.EventuallyWithT(t, func(c *collect) {
		running, err := old.Running(ctx, p, d.ServiceID)
		require.NoError(c, err)
		require.Zero(c, running, "nothing runs on the old server any more")
	}, time.Minute, 100*time.Millisecond)
}
