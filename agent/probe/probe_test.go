package probe_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/probe"
)

func TestAProbeTellsTheWaysOfBeingUnwellApart(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/elsewhere":
			http.Redirect(w, r, "http://203.0.113.1/", http.StatusFound)
		case "/broken":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/slow":
			<-hang
		case "/cut":
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(func() { close(hang); srv.Close() })
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	deaf := closed.Addr().String()
	require.NoError(t, closed.Close())

	for name, c := range map[string]struct {
		address, path string
		want          probe.Outcome
	}{
		"200":                    {"", "/up?x=1", probe.Outcome{OK: true, Note: "200"}},
		"redirect, not followed": {"", "/elsewhere", probe.Outcome{OK: true, Note: "302"}},
		"503":                    {"", "/broken", probe.Outcome{Note: "503"}},
		"too slow":               {"", "/slow", probe.Outcome{Note: "no answer within 1s"}},
		"hangs up":               {"", "/cut", probe.Outcome{Silent: true, Note: "connection closed without an answer"}},
		"nothing listens":        {deaf, "/up", probe.Outcome{Silent: true, Note: "connection refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := c.address
			if address == "" {
				address = strings.TrimPrefix(srv.URL, "http://")
			}
			q := probe.Question{Path: c.path, Timeout: time.Second}
			got := probe.Ask(context.Background(), probe.Client(), address, q)
			require.Equal(t, c.path, got.Path)
			got.Path, got.Status = "", 0
			require.Equal(t, c.want, got)
		})
	}
}
