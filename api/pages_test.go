package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
)

func TestHealthTellsWhichPartIsUnwell(t *testing.T) {
	t.Parallel()
	var broken error
	h := newHouse(t, func(o *api.Options) {
		o.Health = []api.Check{{Name: "temporal", Probe: func(context.Context) error { return broken }}}
	})
	var health api.Health
	h.client("").get("//healthz").want(200).into(&health)
	require.Equal(t, "ok", health.State)
	require.Len(t, health.Parts, 3)
	broken = errors.New("it does not answer")
	h.client("").get("//healthz").want(503).into(&health)
	require.Equal(t, "unwell", health.State)
	require.Equal(t, "temporal", health.Parts[2].Name)
	require.Equal(t, "it does not answer", health.Parts[2].Reason)
	require.Equal(t, "ok", health.Parts[0].State)
	h.client("").get("//livez").want(200)
	h.client("").get("//readyz").want(200)
	h.pool.Close()
	h.client("").get("//readyz").want(503).into(&health)
	require.Equal(t, "postgres", health.Parts[0].Name)
	h.client("").get("//livez").want(200)
}

func TestMetricsCountRequestsByRoute(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.owner.get("/projects/prj_x").want(404)
	body := string(h.client("").get("//metrics").want(200).body)
	require.Contains(t, body, `syntra_http_requests_total{method="GET",route="/api/v1/projects/:id",status="404"} 1`)
	require.NotContains(t, body, "prj_x")
}

func TestTheDescriptionsAreServed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var spec struct{ OpenAPI string }
	h.client("").get("/openapi.json").want(200).into(&spec)
	require.Equal(t, "3.1.0", spec.OpenAPI)
	old := h.client("").get("/openapi-3.0.json").want(200).into(&spec)
	require.Equal(t, "3.0.3", spec.OpenAPI)
	require.True(t, json.Valid(old.body))

	docs := h.client("").get("/docs").want(200)
	require.Equal(t, "text/html; charset=utf-8", docs.Header.Get("Content-Type"))
	page := string(docs.body)
	for name, route := range routes(t) {
		require.Contains(t, page, `id="`+name+`"`)
		require.Contains(t, page, `</b>/api/v1`+route[1]+`</div>`)
	}
	require.NotRegexp(t, `<br></p>`, page, "a problem without a meaning")
	require.Empty(t, regexp.MustCompile(`(src|href)="(https?:)?//`).FindAllString(page, -1), "nothing comes from elsewhere")
	for _, link := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.Contains(t, page, `id="`+link[1]+`"`, "a link leads nowhere")
	}
}

func TestEveryOperationIsDescribed(t *testing.T) {
	t.Parallel()
	raw, err := api.New(api.Options{}).Spec()
	require.NoError(t, err)
	var spec struct {
		Paths map[string]map[string]struct {
			Summary, Description string
			Parameters           []struct{ Name, Description string }
			Responses            map[string]any
		}
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct {
					Description string
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(raw, &spec))
	for path, methods := range spec.Paths {
		for method, o := range methods {
			require.NotEmpty(t, o.Summary, "%s %s", method, path)
			require.NotEmpty(t, o.Description, "%s %s", method, path)
			require.Contains(t, o.Responses, "429", "%s %s", method, path)
			for _, p := range o.Parameters {
				require.NotEmpty(t, p.Description, "%s %s: %s", method, path, p.Name)
			}
		}
	}
	for name, s := range spec.Components.Schemas {
		for field, p := range s.Properties {
			require.NotEmpty(t, p.Description, "%s.%s", name, field)
		}
	}
}

func TestTheDashboardIsServedSafely(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *api.Options) {
		o.Web = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("dashboard")) })
	})
	r := h.client("").get("//projects/shop").want(200)
	require.Equal(t, "dashboard", string(r.body))
	require.Contains(t, r.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	require.Contains(t, r.Header.Get("Content-Security-Policy"), "script-src 'self';")
	require.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"))
	h.client("").get("//api/v2/x").problem(404, "not_found", "no_route")
	require.Equal(t, "no-store", h.owner.get("/me").want(200).Header.Get("Cache-Control"))
}
