package edge_test

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge/corpus"
)

// Given requests that could be read in two ways, over every version of HTTP, when strangers come after each, then each
// of them is answered as asked, and the replica reads no request that nobody sent.
func TestNoRequestBecomesPartOfAnother(t *testing.T) {
	t.Parallel()
	for _, way := range corpus.Ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			replica, err := corpus.Listen()
			require.NoError(t, err)
			defer replica.Close()
			_, e := spawnEdge(t, tempDir(t), withTLS)
			e.put(t, service("svc_c", corpus.Host, pool("rel_1", &httptest.Server{URL: "http://" + replica.Addr()})))
			target := corpus.Edge{HTTP: e.addr(), HTTPS: e.secureAddr(), Trust: e.trust(t, corpus.Host), Replica: replica}
			for i, c := range corpus.Cases() {
				if !c.Speaks(way) {
					continue
				}
				t.Run(c.Name, func(t *testing.T) {
					for _, wrong := range target.Run(t.Context(), way, c, fmt.Sprint(i)) {
						t.Error(wrong)
					}
				})
			}
			require.Empty(t, replica.Desynchronised())
		})
	}
}

// The connections between two edges are shared by strangers, too.
func TestNoRequestBecomesPartOfAnotherBetweenEdges(t *testing.T) {
	t.Parallel()
	replica, err := corpus.Listen()
	require.NoError(t, err)
	defer replica.Close()
	f := newFleet(t, "org_1")
	front, back := f.start(t, "srv_front"), f.start(t, "srv_back")
	s := shared([]string{"srv_front"}, at(&httptest.Server{URL: "http://" + replica.Addr()})...)
	s.Hosts = []string{corpus.Host}
	back.put(t, s)
	s = shared(nil, back.endpoint(1))
	s.Hosts = []string{corpus.Host}
	front.put(t, s)
	target := corpus.Edge{HTTP: front.addr(), Replica: replica}
	for i, c := range corpus.Cases() {
		if !c.Speaks("h1") {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			for _, wrong := range target.Run(t.Context(), "h1", c, fmt.Sprint(i)) {
				t.Error(wrong)
			}
		})
	}
	require.Empty(t, replica.Desynchronised())
}
