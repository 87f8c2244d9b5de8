package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/tracing"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// HeaderRequestID carries a request's id in both directions.
const HeaderRequestID = "X-Request-ID"

// request is what the layers around a handler know of one request.
type request struct {
	id    string
	route string // operation id, "" outside the API
	who   Identity
	// perm and subject are what the route needs, and the {id} that it is about.
	perm    Permission
	subject string
	key     string // Idempotency-Key as sent; "" where there is none
}

type requestKey struct{}

// requestOf returns an empty request outside of one, so that nobody has to ask.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

var requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// observe gives the request its id, and tells log and metrics how it went. It logs no query: queries may hold secrets.
func (a *API) observe(c *gin.Context) {
	req := &request{id: c.GetHeader(HeaderRequestID)}
	if !requestIDPattern.MatchString(req.id) {
		req.id = strings.TrimPrefix(id.New("req"), "req_")
	}
	c.Header(HeaderRequestID, req.id)
	ctx := context.WithValue(c.Request.Context(), requestKey{}, req)
	cause := eventstore.Cause{Correlation: req.id, Trace: c.GetHeader("traceparent")}
	ctx, end := tracing.Start(eventstore.WithCause(ctx, cause), trace.SpanKindServer,
		c.Request.Method+" "+c.FullPath(), attribute.String("syntra.request_id", req.id))
	c.Request = c.Request.WithContext(ctx)
	start := time.Now()
	c.Next()
	end(failure(c.Writer.Status()))
	took := time.Since(start)
	route := c.FullPath()
	if route == "" {
		route = "other"
	}
	if c.Writer.Status() == http.StatusSwitchingProtocols || c.Writer.Header().Get("Content-Type") == eventStream {
		took = 0 // how long someone listened says nothing of how fast we are
	}
	a.metrics.seen(route, c.Request.Method, c.Writer.Status(), took)
	level := slog.LevelDebug
	if c.Writer.Status() >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	a.Logger.Log(c.Request.Context(), level, "request", "request_id", req.id, "method", c.Request.Method, "route", route,
		"status", c.Writer.Status(), "bytes", c.Writer.Size(), "millis", took.Milliseconds(),
		"organization", req.who.Organization, "actor", req.who.Actor().ID)
}

// failure returns the error that a span of an answer with this status ends with: nil unless the platform failed.
func failure(status int) error {
	if status < http.StatusInternalServerError {
		return nil
	}
	return errors.New(http.StatusText(status))
}

// rescue turns a panic into a problem.
func (a *API) rescue(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if err, failed := v.(error); failed && errors.Is(err, http.ErrAbortHandler) {
			panic(v) // net/http's own way to cut a connection
		}
		ctx := c.Request.Context()
		a.Logger.ErrorContext(ctx, "handler panicked", "request_id", requestOf(ctx).id, "route", c.FullPath(), "panic", v, "stack", string(debug.Stack()))
		if !c.Writer.Written() {
			writeProblem(c.Writer, newProblem(ctx, http.StatusInternalServerError, "", "something failed inside Syntra: try again, and report the request id if it stays"))
		}
		c.Abort()
	}()
	c.Next()
}
