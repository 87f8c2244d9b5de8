package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	syntra "github.com/syntra-dev/syntra/sdk/go"
)

func TestOutcomeOfADelivery(t *testing.T) {
	t.Parallel()
	status, reason, next := int64(204), "the receiver answered 500", time.Now().Add(time.Hour)
	for want, d := range map[string]syntra.Delivery{
		"pending":                  {State: "pending", NextAt: &next},
		"delivered (204 in 12 ms)": {State: "delivered", Attempts: 1, AnswerStatus: &status, Millis: 12},
		"dead after 15 tries: the receiver answered 500":                       {State: "dead", Attempts: 15, Error: &reason},
		"pending after 2 tries: the receiver answered 500, next try in 1h0m0s": {State: "pending", Attempts: 2, Error: &reason, NextAt: &next},
	} {
		require.Equal(t, want, outcomeOf(d))
	}
}

// run runs syn against an API, and returns its standard output.
func run(t *testing.T, api http.HandlerFunc, args ...string) (string, error) {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	t.Setenv("SYNTRA_URL", server.URL)
	t.Setenv("SYNTRA_TOKEN", "syn_test")
	var out bytes.Buffer
	cmd := (&app{out: &out, err: io.Discard}).root()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// answers writes JSON.
func answers(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func TestWebhooksAddAsksForWhatItsFlagsSayAndShowsTheSecret(t *testing.T) {
	var asked syntra.CreateWebhookRequest
	out, err := run(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/projects" {
			answers(w, http.StatusOK, map[string]any{"items": []map[string]any{{"id": "prj_1", "slug": "shop"}}})
			return
		}
		_ = json.NewDecoder(r.Body).Decode(&asked)
		answers(w, http.StatusCreated, map[string]any{"id": "whk_1", "secret": "whsec_x"})
	}, "webhooks", "add", "https://example.com/", "--events", "server.lost,server.back", "--project", "shop")
	require.NoError(t, err)
	require.Contains(t, out, "whsec_x")
	require.Equal(t, "https://example.com/", asked.Url)
	require.Equal(t, []syntra.CreateWebhookRequestEvents{"server.lost", "server.back"}, asked.Events)
	require.Equal(t, "prj_1", *asked.ProjectId)
}

func TestWebhooksAreDisabledAndEnabled(t *testing.T) {
	for verb, want := range map[string]bool{"enable": true, "disable": false} {
		var asked syntra.UpdateWebhookRequest
		out, err := run(t, func(w http.ResponseWriter, r *http.Request) {
			_ = json.NewDecoder(r.Body).Decode(&asked)
			answers(w, http.StatusOK, map[string]any{"id": "whk_1", "enabled": want})
		}, "webhooks", verb, "whk_1")
		require.NoError(t, err)
		require.Equal(t, "whk_1 is "+verb+"d.\n", out)
		require.Equal(t, want, *asked.Enabled)
	}
}

func TestWebhooksTestFailsWhereTheMessageDidNotArrive(t *testing.T) {
	for state, code := range map[string]int{"delivered": 0, "pending": exitFailed, "dead": exitFailed} {
		out, err := run(t, func(w http.ResponseWriter, _ *http.Request) {
			answers(w, http.StatusOK, map[string]any{"id": "msg_1", "state": state, "attempts": 1})
		}, "webhooks", "test", "whk_1", "--json")
		require.Contains(t, out, `"state":"`+state+`"`)
		if code == 0 {
			require.NoError(t, err)
		} else {
			require.Equal(t, code, exitCode(t.Context(), err))
		}
	}
}
