package probe_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/probe"
)

func TestAsk_whereNobodySaidAPath(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		up, root int
		ok       bool
		counted  string
	}{
		"/up counts":                            {200, 200, true, "/up"},
		"/up that redirects counts":             {302, 500, true, "/up"},
		"/up is not there: / counts":            {404, 200, true, "/"},
		"/up is refused by routing: / counts":   {400, 200, true, "/"},
		"/up is not let in: / counts":           {401, 200, true, "/"},
		"/ may be anything below 500":           {404, 404, true, "/"},
		"/ that fails does not count":           {404, 500, false, "/"},
		"/up that fails is not passed over":     {503, 200, false, "/up"},
		"/up that fails for good is not either": {500, 200, false, "/up"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hosts := make(chan string, 2)
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				hosts <- r.Host
				w.WriteHeader(map[string]int{"/up": c.up, "/": c.root}[r.URL.Path])
			}))
			t.Cleanup(srv.Close)
			q := probe.Question{Host: "shop.example.com", Timeout: 5 * time.Second}
			o := probe.Ask(context.Background(), probe.Client(), strings.TrimPrefix(srv.URL, "http://"), q)
			require.Equal(t, c.ok, o.OK, o.Note)
			require.Equal(t, c.counted, o.Path)
			require.Equal(t, "shop.example.com", <-hosts)
		})
	}
}
