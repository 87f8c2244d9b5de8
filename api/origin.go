package api

import "github.com/danielgtaylor/huma/v2"

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
