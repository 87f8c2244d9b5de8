package api_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/projections"
	"github.com/syntra-dev/syntra/telemetry"
)

func TestLogsArePagedFromTheNewest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	for _, body := range []string{"one", "two", "three"} {
		h.logs.write(e.service.ID, "dep_1", telemetry.Stdout, body)
	}
	path := "/services/" + e.service.ID + "/logs"
	var p api.Page[api.LogLine]
	h.owner.get(path + "?limit=2").want(200).into(&p)
	require.Equal(t, []string{"two", "three"}, bodiesOf(p))
	var older api.Page[api.LogLine]
	h.owner.get(path + "?limit=2&cursor=" + p.NextCursor).want(200).into(&older)
	require.Equal(t, []string{"one"}, bodiesOf(older))
	require.Empty(t, older.NextCursor)
	h.owner.get(path+"?cursor=odd").problem(422, "invalid", "")
	h.owner.get(path + "?stream=stdout,build&q=hello&since=2026-01-02T03:04:05Z&release=rel_1").want(200)
	require.Equal(t, telemetry.LogQuery{
		Organization: h.org, Service: e.service.ID, Release: "rel_1", Streams: []telemetry.Stream{"stdout", "build"}, Text: "hello",
		Since: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Limit: 200,
	}, h.logs.asked)
}

func bodiesOf(p api.Page[api.LogLine]) []string {
	var out []string
	for _, l := range p.Items {
		out = append(out, l.Body)
	}
	return out
}

// events opens a log stream and answers its lines.
func (c *client) events(path string) *bufio.Scanner {
	c.h.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	c.h.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.h.url+"/api/v1"+path, nil)
	require.NoError(c.h, err)
	for k, v := range c.header {
		req.Header[k] = v
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := http.DefaultClient.Do(req)
	require.NoError(c.h, err)
	c.h.Cleanup(func() { res.Body.Close() })
	require.Equal(c.h, 200, res.StatusCode)
	require.Equal(c.h, "text/event-stream", res.Header.Get("Content-Type"))
	return bufio.NewScanner(res.Body)
}

// event reads the next one: its lines, without comments.
func event(t *testing.T, s *bufio.Scanner) map[string]string {
	t.Helper()
	out := map[string]string{}
	for s.Scan() {
		name, value, found := strings.Cut(s.Text(), ": ")
		switch {
		case s.Text() == "" && len(out) > 0:
			return out
		case found && name != "":
			out[name] = value
		}
	}
	t.Fatalf("the stream ended: %v", s.Err())
	return nil
}

func TestLogsAreFollowedAndResumed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *api.Options) { o.Breath = 20 * time.Millisecond })
	e := h.owner.estate("shop")
	up := h.owner.upload("x")
	var d projections.Deployment
	h.owner.post("/services/"+e.service.ID+"/deployments", map[string]any{"upload_id": up.ID}).want(202).into(&d)
	write := func(stream telemetry.Stream, body string) { h.logs.write(e.service.ID, d.ID, stream, body) }
	write(telemetry.Build, "old")
	write(telemetry.Build, "last")
	path := "/deployments/" + d.ID + "/logs/stream"

	s := h.owner.events(path + "?tail=1")
	got := event(t, s)
	require.Equal(t, "line", got["event"])
	require.Equal(t, "2", got["id"])
	require.Contains(t, got["data"], `"body":"last"`)
	write(telemetry.Gap, "12 lines were lost: the server's disk was full")
	got = event(t, s)
	require.Equal(t, "gap", got["event"])

	write(telemetry.Stdout, "while away")
	got = event(t, h.owner.with("Last-Event-ID", "3").events(path))
	require.Contains(t, got["data"], "while away")
	got = event(t, h.owner.events(path+"?after=1"))
	require.Contains(t, got["data"], `"body":"last"`)

	t.Run("a stream ends with its token", func(t *testing.T) {
		viewer := h.as("viewer").in(t)
		s := viewer.events(path)
		event(t, s)
		viewer.post("/auth/logout", nil).want(204)
		for s.Scan() {
		}
		require.NoError(t, s.Err())
	})
	t.Run("a reader that fails ends the stream with a problem", func(t *testing.T) {
		write(telemetry.Stdout, "FAIL")
		s := h.owner.events(path + "?after=4")
		got := event(t, s)
		require.Equal(t, "problem", got["event"])
		require.NotContains(t, got["data"], "10.0.0.1")
		require.False(t, s.Scan())
	})
	t.Run("a reader that panics ends its stream, and not the platform", func(t *testing.T) {
		write(telemetry.Stdout, "PANIC")
		got := event(t, h.owner.events(path+"?after=5"))
		require.Equal(t, "problem", got["event"])
		require.NotContains(t, got["data"], "has a bug")
		require.Contains(t, h.printed.String(), "the reader has a bug")
		require.Contains(t, h.printed.String(), "memorylogs_test.go", "the stack is in the log")
	})
	h.owner.get(path+"?since=2026-01-02T00:00:00Z&until=2025-01-02T00:00:00Z").problem(422, "invalid", "")
}
