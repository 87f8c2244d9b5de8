package syntra_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/dev/itertest"
	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// lines answers what a log stream sends, and then breaks; changes does for the live stream.
func lines(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for n := range 3 {
		fmt.Fprintf(w, "id: %d\nevent: line\ndata: {\"body\":\"line %d\"}\n\n", n, n)
	}
}

func changes(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for n := range 3 {
		if wsjson.Write(r.Context(), conn, syntra.Change{Type: "change", Position: fmt.Sprint(n)}) != nil {
			return
		}
	}
}

// The streams break after three items: leaving at the fourth passes over a broken connection.
func TestIteratorsEndWhereTheirReaderLeaves(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/services/svc_1/logs/stream", lines)
	mux.HandleFunc("GET /api/v1/stream", changes)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	api, err := syntra.New(server.URL, "token")
	require.NoError(t, err)
	itertest.StopsWhenLeft(t, 4, func(ctx context.Context) iter.Seq2[syntra.LogEntry, error] {
		return api.FollowServiceLogs(ctx, "svc_1", nil)
	})
	itertest.StopsWhenLeft(t, 1, func(ctx context.Context) iter.Seq2[syntra.LogEntry, error] {
		return api.FollowServiceLogs(ctx, "svc_none", nil)
	})
	itertest.StopsWhenLeft(t, 5, api.Changes)
}
