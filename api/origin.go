package api

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// origin is the URL under which the caller reached the API, for commands that a person copies.
type origin struct{ url string }

// Resolve is called by huma.
func (o *origin) Resolve(ctx huma.Context) []error {
	o.url = "http://" + ctx.Host()
	if ctx.TLS() != nil || ctx.Header("X-Forwarded-Proto") == "https" {
		o.url = "https://" + ctx.Host()
	}
	return nil
}

// publicURL returns where people and agents reach this platform, without a slash at the end.
func (a *API) publicURL(from origin) string {
	if a.PublicURL != "" {
		return strings.TrimSuffix(a.PublicURL, "/")
	}
	return from.url
}
