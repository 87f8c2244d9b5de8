package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// logServer answers a deployment that has ended, with a log that never does, and logs of two services in pages of two lines.
func logServer(t *testing.T) *syntra.API {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/deployments/dep_1", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"id":"dep_1","status":"succeeded"}`)
	})
	mux.HandleFunc("GET /api/v1/deployments/dep_1/logs/stream", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "id: 1\nevent: line\ndata: {\"stream\":\"build\",\"body\":\"built\"}\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("GET /api/v1/services/{id}/logs", func(w http.ResponseWriter, r *http.Request) {
		const lines, page = 5, 2
		last := lines
		if cursor := r.FormValue("cursor"); cursor != "" {
			_, err := fmt.Sscan(cursor, &last)
			require.NoError(t, err)
		}
		first := max(last-page, 0)
		answer := map[string]any{"items": []syntra.LogEntry{}}
		for i := first; i < last; i++ {
			at := time.Unix(int64(i), int64(len(r.PathValue("id"))))
			answer["items"] = append(answer["items"].([]syntra.LogEntry), syntra.LogEntry{At: at, Body: fmt.Sprint("line ", i)})
		}
		if first > 0 {
			answer["next_cursor"] = fmt.Sprint(first)
		}
		w.Header().Set("Content-Type", "application/json")
		require.NoError(t, json.NewEncoder(w).Encode(answer))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	api, err := syntra.New(server.URL, "token")
	require.NoError(t, err)
	return api
}

func TestFollowingAnEndedDeploymentsLogEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	a := &app{out: &out, err: &out}
	require.NoError(t, a.deploymentLogs(ctx, logServer(t), logFlags{deployment: "dep_1", follow: true, lines: 10}))
	require.Equal(t, "built\n", out.String())
}

func TestLogsOfSeveralServicesAreMergedAndPaged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := &app{out: &out, err: &out}
	services := []syntra.Service{{Id: "svc_a", Slug: "web"}, {Id: "svc_long", Slug: "api"}}
	require.NoError(t, a.serviceLogs(t.Context(), logServer(t), services, logFlags{lines: 7}))
	require.Equal(t, []string{
		"api | line 1", "web | line 2", "api | line 2", "web | line 3", "api | line 3", "web | line 4", "api | line 4",
	}, strings.Split(strings.TrimSpace(out.String()), "\n"))
}
