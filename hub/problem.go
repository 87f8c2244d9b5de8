package hub

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/syntra-dev/syntra/domain"
)

// problem is an RFC 9457 document, in the API's form.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Reason string `json:"reason,omitempty"`
}

var statusOf = map[domain.Code]int{
	domain.Invalid: http.StatusBadRequest, domain.Unauthorized: http.StatusUnauthorized, domain.Forbidden: http.StatusForbidden,
	domain.NotFound: http.StatusNotFound, domain.Conflict: http.StatusConflict, domain.TooLarge: http.StatusRequestEntityTooLarge,
	domain.Unavailable: http.StatusServiceUnavailable,
}

// writeProblem answers with err when it is meant for the caller, and with a plain 503 when it is the platform's own.
func writeProblem(w http.ResponseWriter, err error) {
	var e *domain.Error
	if !errors.As(err, &e) {
		e = domain.Errorf(domain.Unavailable, "the control plane cannot answer now: try again")
	}
	status, known := statusOf[e.Code]
	if !known {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/problem+json")
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="syntra agent"`)
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem{ // the caller may be gone: nothing to do about it
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: e.Message, Code: string(e.Code), Reason: e.Reason,
	})
}
