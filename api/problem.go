package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
)

// Problem is an RFC 9457 problem document. It never repeats a value that the caller sent: values may be secrets.
type Problem struct {
	Type      string          `json:"type" format:"uri-reference" example:"/api/v1/docs#problem-conflict" doc:"Where this class of problem is explained."`
	Title     string          `json:"title" example:"Conflict" doc:"The class in words; the same for every problem of one status."`
	Status    int             `json:"status" example:"409" doc:"The HTTP status."`
	Detail    string          `json:"detail" example:"the project name \"acme/shop\" is taken: choose another" doc:"What failed on which thing, and what to do."`
	Code      string          `json:"code" enum:"invalid,unauthorized,forbidden,not_found,method_not_allowed,conflict,stale,too_large,unsupported,rate_limited,unavailable,internal" doc:"The class for programs."`
	Reason    string          `json:"reason,omitempty" example:"name_taken" doc:"A stable word that tells problems of one class apart."`
	RequestID string          `json:"request_id" example:"0198c1f0a7f34f5c" doc:"Quote it when you report the problem; the server's log has it."`
	Errors    []ProblemDetail `json:"errors,omitempty" doc:"The fields at fault, where the request did not fit its schema."`

	retryAfter time.Duration
}

// ProblemDetail is one field at fault.
type ProblemDetail struct {
	Location string `json:"location" example:"body.slug" doc:"Which field."`
	Message  string `json:"message" example:"expected string" doc:"What is wrong with it."`
}

func (p *Problem) Error() string  { return p.Detail }
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is what RFC 9457 asks for, whatever the client accepts.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders tells a client when to come back.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="syntra"`)
	}
	return h
}

// codes maps each status to its class. A status that is not listed is an internal one.
var codes = map[int]string{
	http.StatusBadRequest:            "invalid",
	http.StatusUnprocessableEntity:   "invalid",
	http.StatusNotAcceptable:         "invalid",
	http.StatusRequestTimeout:        "invalid",
	http.StatusUnauthorized:          "unauthorized",
	http.StatusForbidden:             "forbidden",
	http.StatusNotFound:              "not_found",
	http.StatusMethodNotAllowed:      "method_not_allowed",
	http.StatusConflict:              "conflict",
	http.StatusPreconditionFailed:    "stale",
	http.StatusRequestEntityTooLarge: "too_large",
	http.StatusUnsupportedMediaType:  "unsupported",
	http.StatusTooManyRequests:       "rate_limited",
	http.StatusServiceUnavailable:    "unavailable",
}

// statuses maps the domain's refusals to HTTP.
var statuses = map[domain.Code]int{
	domain.Invalid:      http.StatusUnprocessableEntity,
	domain.Unauthorized: http.StatusUnauthorized,
	domain.Forbidden:    http.StatusForbidden,
	domain.NotFound:     http.StatusNotFound,
	domain.Conflict:     http.StatusConflict,
	domain.TooLarge:     http.StatusRequestEntityTooLarge,
	domain.Unavailable:  http.StatusServiceUnavailable,
}

// reasonStale is the one conflict that HTTP has a status of its own for.
const reasonStale = "stale_version"

func newProblem(ctx context.Context, status int, reason, detail string) *Problem {
	code := codes[status]
	if code == "" {
		code = "internal"
	}
	p := &Problem{
		Type: base + "/docs#problem-" + code, Title: http.StatusText(status), Status: status,
		Detail: detail, Code: code, Reason: reason, RequestID: requestOf(ctx).id,
	}
	if status == http.StatusServiceUnavailable {
		p.retryAfter = time.Second
	}
	return p
}

// problemOf turns any error of a handler into a problem. What is not meant for the caller is logged, once, and told as
// an internal error.
func (a *API) problemOf(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var refusal *domain.Error
	if errors.As(err, &refusal) {
		status := statuses[refusal.Code]
		if refusal.Reason == reasonStale {
			status = http.StatusPreconditionFailed
		}
		if status != 0 {
			return newProblem(ctx, status, refusal.Reason, refusal.Message)
		}
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return newProblem(ctx, http.StatusServiceUnavailable, "cancelled", "the request was given up by its sender")
	}
	req := requestOf(ctx)
	var unknown *eventstore.ErrUnknown
	if errors.As(err, &unknown) {
		a.Logger.WarnContext(ctx, "a request needs a newer version of this replica", "request_id", req.id, "route", req.route, "error", err)
		return newProblem(ctx, http.StatusServiceUnavailable, "replica_outdated",
			"this replica of the platform is older than what it was asked about: try again, and update it if this stays")
	}
	a.Logger.ErrorContext(ctx, "request failed", "request_id", req.id, "route", req.route, "error", err)
	return newProblem(ctx, http.StatusInternalServerError, "", "something failed inside Syntra: try again, and report the request id if it stays")
}

// writeProblem answers outside of huma: unknown routes, panics.
func writeProblem(w http.ResponseWriter, p *Problem) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone: nobody is left to tell
}

func init() {
	// huma makes its own errors through package variables; there is no way to give them per API.
	huma.NewErrorWithContext = func(hc huma.Context, status int, msg string, errs ...error) huma.StatusError {
		ctx := context.Background()
		if hc != nil {
			ctx = hc.Context()
		}
		return humaProblem(ctx, status, msg, errs)
	}
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return humaProblem(context.Background(), status, msg, errs)
	}
	// An empty list is [] in every answer of ours, never null.
	huma.DefaultArrayNullable = false
}

func humaProblem(ctx context.Context, status int, msg string, errs []error) *Problem {
	p := newProblem(ctx, status, "", msg)
	for _, err := range errs {
		detail := ProblemDetail{Message: "invalid"}
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			// Value is left out on purpose: it may be a secret.
			detail.Location, detail.Message = d.ErrorDetail().Location, d.ErrorDetail().Message
		}
		if status == http.StatusBadRequest && detail.Location == "body" {
			detail.Message = "not valid JSON"
		}
		p.Errors = append(p.Errors, detail)
	}
	switch {
	case len(p.Errors) > 0 && status == http.StatusBadRequest:
		p.Reason, p.Detail = "malformed", "the body is not valid JSON: check its syntax"
	case len(p.Errors) > 0:
		p.Reason, p.Detail = "bad_request", "the request does not fit: "+p.Errors[0].Location+": "+p.Errors[0].Message
	case status == http.StatusRequestEntityTooLarge:
		p.Reason = "body_too_large"
	}
	return p
}
