package api_test

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/id"
)

func TestBadInputIsAClearProblemAndNothingIsHalfDone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	h.release(e.service.ID)
	svc := "/services/" + e.service.ID
	noise := make([]byte, 100<<10)
	_, err := rand.Read(noise)
	require.NoError(t, err)

	before := h.head()
	for name, c := range map[string]struct {
		method, path string
		body         any
		status       int
		code, reason string
	}{
		"malformed JSON":            {"POST", "/projects", []byte(`{"slug": "x"`), 400, "invalid", "malformed"},
		"no JSON at all":            {"POST", "/projects", []byte(`slug=x`), 400, "invalid", "malformed"},
		"no body":                   {"POST", "/projects", nil, 400, "invalid", ""},
		"a list for an object":      {"POST", "/projects", []byte(`[]`), 422, "invalid", "bad_request"},
		"wrong type":                {"POST", "/projects", []byte(`{"slug": 7}`), 422, "invalid", "bad_request"},
		"a field that is not there": {"POST", "/projects", []byte(`{"slug": "x", "colour": "red"}`), 422, "invalid", "bad_request"},
		"a field that is missing":   {"POST", "/projects", []byte(`{}`), 422, "invalid", "bad_request"},
		"a bad slug":                {"POST", "/projects", []byte(`{"slug": "No Way"}`), 422, "invalid", "bad_slug"},
		"too long a slug":           {"POST", "/projects", []byte(`{"slug": "` + strings.Repeat("x", 31) + `"}`), 422, "invalid", "bad_request"},
		"a name in use":             {"POST", "/projects", []byte(`{"slug": "shop"}`), 409, "conflict", "name_taken"},
		"a server's name in use":    {"POST", "/servers", []byte(`{"name": "shop"}`), 409, "conflict", "name_taken"},
		"a body too large":          {"POST", "/projects", []byte(`{"slug": "` + strings.Repeat("x", 2<<20) + `"}`), 413, "too_large", "body_too_large"},
		"a wrong content type":      {"POST", "/projects", bytes.NewReader([]byte(`{"slug": "x"}`)), 415, "unsupported", "bad_request"},
		"an unknown query":          {"GET", "/projects?colour=red", nil, 422, "invalid", "bad_request"},
		"a limit out of bounds":     {"GET", "/activity?limit=0", nil, 422, "invalid", "bad_request"},
		"a limit that is no number": {"GET", "/activity?limit=many", nil, 422, "invalid", "bad_request"},
		"a cursor of nobody's":      {"GET", "/activity?cursor=../x", nil, 422, "invalid", "bad_cursor"},
		"a status of nobody's":      {"GET", "/deployments?status=odd", nil, 422, "invalid", "bad_request"},
		"no such route":             {"GET", "/nothing", nil, 404, "not_found", "no_route"},
		"no such method":            {"PUT", "/projects", nil, 405, "method_not_allowed", ""},
		"no such project":           {"GET", "/projects/" + id.New(id.Project), nil, 404, "not_found", ""},
		"an id that is none":        {"GET", "/projects/../../etc/passwd", nil, 404, "not_found", "no_route"},
		"another kind's id":         {"GET", "/projects/" + e.service.ID, nil, 404, "not_found", ""},
		"another kind's stream":     {"PATCH", "/projects/" + e.service.ID, []byte(`{"name":"x"}`), 404, "not_found", ""},
		"a project in use":          {"DELETE", "/projects/" + e.project.ID, nil, 409, "conflict", "project_not_empty"},
		"a server in use":           {"DELETE", "/servers/" + e.server.ID, nil, 409, "conflict", "server_in_use"},
		"a bad config":              {"PUT", svc + "/config", []byte(`{"run":{"port":70000}}`), 422, "invalid", "bad_config"},
		"a config that climbs":      {"PUT", svc + "/config", []byte(`{"build":{"dockerfile":"../Dockerfile"}}`), 422, "invalid", "bad_config"},
		"a domain that is none":     {"PUT", svc + "/config", []byte(`{"domains":["http://x"]}`), 422, "invalid", "bad_host"},
		"credentials in the URL":    {"PUT", svc + "/config", []byte(`{"source":{"kind":"git","repository":"https://u:p@example.com/x"}}`), 422, "invalid", "bad_config"},
		"nothing to deploy":         {"POST", svc + "/deployments", []byte(`{}`), 422, "invalid", "no_source"},
		"an upload of nobody's":     {"POST", svc + "/deployments", []byte(`{"upload_id":"` + id.New(id.Upload) + `"}`), 404, "not_found", ""},
		"an upload that climbs":     {"POST", svc + "/deployments", []byte(`{"upload_id":"../../x"}`), 404, "not_found", ""},
		"a rollback as a deploy":    {"POST", svc + "/deployments", []byte(`{"kind":"rollback"}`), 422, "invalid", "bad_request"},
		"a strategy not there yet":  {"POST", svc + "/deployments", []byte(`{"kind":"redeploy","strategy":{"kind":"canary","steps":[{"weight":5,"watch_seconds":60}]}}`), 422, "invalid", "strategy_not_yet"},
		"rolling, not there yet":    {"POST", svc + "/deployments", []byte(`{"kind":"redeploy","strategy":{"kind":"rolling","max_surge":1}}`), 422, "invalid", "strategy_not_yet"},
		"a canary that goes back":   {"POST", svc + "/deployments", []byte(`{"kind":"redeploy","strategy":{"kind":"canary","steps":[{"weight":50,"watch_seconds":60},{"weight":5,"watch_seconds":60}]}}`), 422, "invalid", "bad_strategy"},
		"a strategy of nobody's":    {"POST", svc + "/deployments", []byte(`{"kind":"redeploy","strategy":{"kind":"big_bang"}}`), 422, "invalid", "bad_request"},
		"an archive that climbs":    {"POST", "/uploads", archive(t, tar.Header{Name: "../../etc/passwd"}, "x"), 422, "invalid", "bad_archive"},
		"an archive that is none":   {"POST", "/uploads", []byte("hello"), 422, "invalid", "bad_archive"},
		"an archive too big":        {"POST", "/uploads", archive(t, tar.Header{Name: "a"}, string(noise)), 413, "too_large", "archive_too_large"},
		"a variable's bad name":     {"PATCH", svc + "/env", []byte(`{"set":{"A B":"x"}}`), 422, "invalid", "bad_name"},
		"a variable of ours":        {"PATCH", svc + "/env", []byte(`{"set":{"PORT":"1"}}`), 422, "invalid", "reserved_name"},
		"a variable too large":      {"PATCH", svc + "/env", []byte(`{"set":{"A":"` + strings.Repeat("x", 70<<10) + `"}}`), 413, "too_large", "value_too_large"},
		"a bad role":                {"POST", "/tokens", []byte(`{"name":"x","role":"emperor"}`), 422, "invalid", "bad_request"},
		"a plain GET of the stream": {"GET", "/stream", nil, 426, "invalid", "websocket"},
		"a bad resume":              {"GET", "/stream?position=-4", nil, 422, "invalid", "bad_position"},
		"no command to run":         {"GET", svc + "/exec", nil, 422, "invalid", "bad_request"},
		"a search too long":         {"GET", svc + "/logs?q=" + strings.Repeat("x", 2000), nil, 422, "invalid", "bad_request"},
		"a time that is none":       {"GET", svc + "/logs?since=yesterday", nil, 422, "invalid", "bad_request"},
		"a stream of nobody's":      {"GET", svc + "/logs?stream=odd", nil, 422, "invalid", "bad_request"},
	} {
		t.Run(name, func(t *testing.T) {
			from := h.owner.in(t)
			if name == "a wrong content type" {
				from = from.with("Content-Type", "text/xml")
			}
			p := from.do(c.method, c.path, c.body).problem(c.status, c.code, c.reason)
			require.NotContains(t, p.Detail, "xxxxxxxx", "values are not repeated")
		})
	}
	require.Equal(t, before, h.head(), "nothing was written")
}

func TestBadHeaders(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, key := range []string{"a b", strings.Repeat("k", 256), "ü"} {
		h.owner.with("Idempotency-Key", key).post("/projects", map[string]any{"slug": "x"}).problem(422, "invalid", "bad_idempotency_key")
	}
	h.owner.with("Syntra-Position", "soon").get("/projects").problem(422, "invalid", "bad_position")
	h.owner.with("Authorization", "Basic eDp5").get("/projects").want(200) // overwritten by the client's own
	h.client("").with("Authorization", "Basic eDp5").get("/projects").problem(401, "unauthorized", "bad_scheme")
	r := h.owner.with("X-Request-ID", "mine-42").get("/projects").want(200)
	require.Equal(t, "mine-42", r.Header.Get("X-Request-ID"))
	r = h.owner.with("X-Request-ID", "<script>").get("/projects").want(200)
	require.NotContains(t, r.Header.Get("X-Request-ID"), "<")
	r = h.owner.with("Syntra-Position", "999999999").get("/projects").want(200)
	require.Equal(t, "true", r.Header.Get("Syntra-Stale"), "an old answer that says so")
}

func TestAPanicIsAProblem(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *api.Options) {
		o.Web = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom s3cr3t") })
	})
	p := h.owner.get("//dashboard").problem(500, "internal", "")
	require.NotContains(t, p.Detail, "boom")
	require.Contains(t, h.printed.String(), "boom", "it is in the log")
}
