package agent_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// want tells the agent what should be, from now on.
func (n *node) want(services ...wire.DesiredService) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.desired, n.told = &wire.Reconcile{Services: services}, 0
}

// heard waits until the agent has been told several times what should be.
func (n *node) heard() {
	n.t.Helper()
	soon(n.t, "the control plane has said it again", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.told > 3
	})
}

// forgotten restarts the agent, so that no command is fresh in its mind.
func (n *node) forgotten() {
	n.t.Helper()
	n.stop()
	n.start()
}

func releases(list []runtime.Instance) (out []string) {
	for _, i := range list {
		if i.State == runtime.Running {
			out = append(out, i.Labels.Release)
		}
	}
	return out
}

func TestTheControlPlaneSaysWhatShouldBe(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.setup.Settle = "1ms"
	n.start()
	digest := n.built("svc_1")
	n.live(release("svc_1", "rel_1", digest, 1, map[string]string{"GREETING": "one"}))
	n.live(release("svc_1", "rel_2", digest, 1, map[string]string{"GREETING": "two"}))
	must[wire.Started](n, "", wire.KindStart, release("svc_2", "rel_x", digest, 1, nil))

	t.Run("a kept release that has the traffic keeps it: its route may not be recorded yet", func(t *testing.T) {
		n.want(wire.DesiredService{Service: "svc_1", Split: traffic.All("rel_1"), Keep: []string{"rel_1", "rel_2"}}, wire.DesiredService{Service: "svc_2", Split: traffic.All("rel_x"), Keep: []string{"rel_x"}})
		n.forgotten()
		soon(t, "the agent has heard", func() bool { return n.observe("svc_2", "").Instances != nil })
		require.Equal(t, traffic.All("rel_2"), n.observe("svc_1", "").Split)
	})
	t.Run("once all is settled the log is followed", func(t *testing.T) {
		n.want(wire.DesiredService{Service: "svc_1", Split: traffic.All("rel_1"), Keep: []string{"rel_1", "rel_2"}, Settled: true}, wire.DesiredService{Service: "svc_2", Split: traffic.All("rel_x"), Keep: []string{"rel_x"}})
		n.serves("one")
		require.Equal(t, []string{"rel_1", "rel_2"}, releases(n.observe("svc_1", "").Instances))
	})
	t.Run("what nothing keeps is removed, and so is a service that nobody knows", func(t *testing.T) {
		n.want(wire.DesiredService{Service: "svc_1", Split: traffic.All("rel_1"), Keep: []string{"rel_1"}, Settled: true})
		soon(t, "only what should be is there", func() bool {
			return len(n.observe("svc_1", "").Instances) == 1 && len(n.observe("svc_2", "").Instances) == 0
		})
		n.serves("one")
	})
	t.Run("a stopped service is stopped", func(t *testing.T) {
		n.want(wire.DesiredService{Service: "svc_1", Split: traffic.All("rel_1"), Keep: []string{"rel_1"}, Stopped: true, Settled: true})
		soon(t, "nothing runs or is routed", func() bool {
			seen := n.observe("svc_1", "")
			return len(releases(seen.Instances)) == 0 && len(seen.Split) == 0
		})
		status, _ := n.fetch("/")
		require.Equal(t, http.StatusServiceUnavailable, status, "its address is known, and says that nothing runs")
	})
	t.Run("and comes back", func(t *testing.T) {
		n.want(wire.DesiredService{Service: "svc_1", Split: traffic.All("rel_1"), Keep: []string{"rel_1"}, Settled: true})
		n.serves("one")
	})
}
