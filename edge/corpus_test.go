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
