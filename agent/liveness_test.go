package agent_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/telemetry"
)

// Given a release with two replicas that has had its traffic for long, when one of them is not well any more, then it
// gets no requests, heartbeats and its log say why, and it has its share again when it is well.
func TestAReplicaThatIsNotWellAnyMoreIsPassedOver(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	n.live(release("svc_1", "rel_1", n.built("svc_1"), 2, map[string]string{"GREETING": "hello"}))
	n.serves("hello")
	replicas := n.observe("svc_1", "rel_1").Instances
	require.Len(t, replicas, 2)
	tell := func(path string) {
		resp, err := http.Get("http://" + replicas[0].Address + path)
		require.NoError(t, err)
		resp.Body.Close()
	}
	// said returns what the last heartbeat says of the two.
	said := func() (ailing, other string) {
		if hb := n.beat.Load(); hb != nil {
			for _, i := range hb.Instances {
				if i.Name == replicas[0].Name {
					ailing = i.Ailing
				} else {
					other = i.Ailing
				}
			}
		}
		return ailing, other
	}
	tell("/ail")
	soon(t, "the heartbeat says that it is not well", func() bool {
		ailing, other := said()
		return strings.Contains(ailing, "GET /up: 503") && other == ""
	})
	for range 20 {
		status, body := n.fetch("/")
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "hello", body)
	}
	tell("/ail?well=yes")
	soon(t, "the heartbeat says that it is well", func() bool { ailing, _ := said(); return ailing == "" })
	soon(t, "the log says both", func() bool {
		log := strings.Join(n.plane.Sink.Bodies(telemetry.System), "\n")
		return strings.Contains(log, "gets no requests as long as others are well: GET /up: 503") && strings.Contains(log, "is well again")
	})
}
