package proxy

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// problem is an error page for programs (RFC 9457).
type problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	RequestID string `json:"request_id"`
}

// refuse answers in the edge's own name. It says what is up in words for strangers: no address, no id of ours but the
// request's.
func (x *exchange) refuse(status int, code, detail string) {
	x.discardBody()
	x.announceEnd()
	x.beforeWrite()
	defer x.afterWrite()
	h := x.w.Header()
	h["X-Request-Id"] = []string{x.requestID}
	h["Cache-Control"] = []string{"no-store"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	h["Syntra-Edge-Error"] = []string{code} // tells the edge's own errors from the service's
	if wantsJSON(x.r) {
		h["Content-Type"] = []string{"application/problem+json"}
		x.w.WriteHeader(status)
		_ = json.NewEncoder(x.w).Encode(problem{"about:blank", http.StatusText(status), status, detail, code, x.requestID})
		return
	}
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	x.w.WriteHeader(status)
	_, _ = fmt.Fprintf(x.w, "%d %s\n\n%s\n\nRequest: %s\n", status, http.StatusText(status), detail, x.requestID)
}

func wantsJSON(r *http.Request) bool {
	accept := strings.Join(r.Header["Accept"], ",")
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}
