package agent_test

import (
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// inFlight asks for a page whose head has come and whose body comes later. finished checks that it came whole.
func (n *node) inFlight(body string) (finished func()) {
	n.t.Helper()
	url := "http://127.0.0.1:" + strconv.Itoa(n.edge.HTTPPort) + "/slow?ms=1500"
	req, err := http.NewRequest(http.MethodGet, url, nil)
	require.NoError(n.t, err)
	req.Host = host
	res, err := http.DefaultClient.Do(req)
	require.NoError(n.t, err)
	require.Equal(n.t, http.StatusOK, res.StatusCode)
	return func() {
		n.t.Helper()
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		require.NoError(n.t, err)
		require.Equal(n.t, body, string(raw))
	}
}

func TestWhateverStopsAReplicaLetsItFinishWhatItServes(t *testing.T) {
	t.Parallel()
	stop := wire.Stop{Owner: owner("svc_1"), DrainSeconds: 30, WebSocketSeconds: 30, GraceSeconds: 5}
	for name, end := range map[string]func(n *node, digest string){
		"a stop": func(n *node, _ string) {
			s := stop
			s.Unroute = true
			require.Len(n.t, must[wire.Stopped](n, "", wire.KindStop, s).Names, 2)
		},
		"the end of the service": func(n *node, _ string) {
			s := stop
			s.Unroute, s.Remove = true, true
			require.Len(n.t, must[wire.Stopped](n, "", wire.KindStop, s).Names, 2)
		},
		"the end of a release that still has traffic": func(n *node, _ string) {
			s := stop
			s.Releases, s.Remove = []string{"rel_1"}, true
			require.Len(n.t, must[wire.Stopped](n, "", wire.KindStop, s).Names, 2)
		},
		"a smaller number of replicas": func(n *node, digest string) {
			must[wire.Started](n, "", wire.KindStart, release("svc_1", "rel_1", digest, 1, greeting("one")))
		},
		"the control plane's word that the service is stopped": func(n *node, _ string) {
			n.want(wire.DesiredService{Service: "svc_1", Split: traffic.All("rel_1"), Stopped: true, Keep: []string{"rel_1"}})
		},
		"the control plane's word that the service is not here": func(n *node, _ string) { n.want() },
		"the control plane's word that the release is needed no more": func(n *node, digest string) {
			n.live(release("svc_1", "rel_2", digest, 1, greeting("two")))
			n.want(wire.DesiredService{Service: "svc_1", Split: traffic.All("rel_2"), Keep: []string{"rel_2"}, Settled: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(t)
			n.setup.Settle = "1ms"
			n.start()
			digest := n.built("svc_1")
			n.live(release("svc_1", "rel_1", digest, 2, greeting("one")))
			one, two := n.inFlight("one"), n.inFlight("one")
			end(n, digest)
			one()
			two()
			soon(t, "at most one replica of the release is left", func() bool {
				left := 0
				for _, id := range releases(n.observe("svc_1", "").Instances) {
					if id == "rel_1" {
						left++
					}
				}
				return left < 2
			})
		})
	}
}

func TestARequestThatOutlastsTheGraceIsCutAndTold(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	n.live(release("svc_1", "rel_1", n.built("svc_1"), 1, greeting("one")))
	req, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:"+strconv.Itoa(n.edge.HTTPPort)+"/slow?ms=60000", nil)
	require.NoError(t, err)
	req.Host = host
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	stopped := must[wire.Stopped](n, "", wire.KindStop, wire.Stop{
		Owner: owner("svc_1"), DrainSeconds: 1, WebSocketSeconds: 1, GraceSeconds: 1, Unroute: true,
	})
	require.Equal(t, 1, stopped.Cut)
	_, err = io.ReadAll(res.Body)
	require.Error(t, err)
}
