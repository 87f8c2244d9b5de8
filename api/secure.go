package api

import (
	"strings"

	"github.com/gin-gonic/gin"
)

// pagePolicy lets the dashboard load and reach nothing but this origin. Styles may be inline: its charts and
// components set them.
const pagePolicy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// dataPolicy is for answers that are no pages.
const dataPolicy = "default-src 'none'; frame-ancestors 'none'"

// secure sets the headers that keep browsers from being used against their users.
func (a *API) secure(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	if a.SecureCookies {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if strings.HasPrefix(c.Request.URL.Path, base+"/") {
		h.Set("Content-Security-Policy", dataPolicy)
		h.Set("Cache-Control", "no-store")
	} else {
		h.Set("Content-Security-Policy", pagePolicy)
	}
	c.Next()
}
