// Package proxy carries requests to the releases that the router chose, and their answers back. It speaks HTTP/1.1 to
// upstreams, in the request's own goroutine.
package proxy

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/syntra-dev/syntra/edge/perclient"
	"github.com/syntra-dev/syntra/edge/route"
	"github.com/syntra-dev/syntra/edge/trust"
	"github.com/syntra-dev/syntra/edge/upstream"
)

// attempts bounds how many upstreams one request tries.
const attempts = 4

// freshEnough: a request that must not be sent twice only takes a connection that served a moment ago, because one
// that rested long may be closed by the other side just now.
const freshEnough = time.Second

// Handler is the edge's front: routing, proxying, error pages.
type Handler struct {
	Router *route.Router
	Log    *slog.Logger
	// Retiring makes every answer the last one on its connection, so that clients come back to the next edge.
	Retiring *atomic.Bool
	Pace     Pace
	// Trusted are the proxies that are believed about where a request comes from.
	Trusted trust.Networks
	// Requests bounds the requests that one client may have under way; nil: as many as it likes.
	Requests *perclient.Count
	// FromPeers makes it the front for requests of other servers' edges, which name service and release and go to replicas
	// on this server only. Whoever asks has been checked.
	FromPeers bool
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := take()
	x.start, x.w, x.r, x.src, x.log, x.pace = time.Now(), w, r, r.Body, h.Log, h.Pace.complete()
	x.requestID, x.origin = requestID(r.Header), h.Trusted.Origin(r)
	tunnelled := false
	defer func() { // also when the handler aborts by panic
		if !tunnelled {
			x.give()
		}
	}()
	// HTTP/1.0 knows no chunks: net/http ignores that encoding there, while a proxy before us may have read by it. What
	// it would leave on the connection must not be read as the next request.
	if h.Retiring.Load() || !r.ProtoAtLeast(1, 1) {
		w.Header()["Connection"] = []string{"close"}
	}
	if x.admitted(h) && x.entered(h) {
		x.serve()
	}
	if t := x.tunnel; t != nil {
		tunnelled = true
		t.start()
		return
	}
	x.lastWrite()
}

// admitted reports whether the request is one for the services; one that is not is answered.
func (x *exchange) admitted(h *Handler) bool {
	if x.r.Method == http.MethodConnect {
		x.refuse(http.StatusMethodNotAllowed, "method_not_allowed", "This is no forward proxy.")
		return false
	}
	if err := checkLine(x.r); err != nil {
		x.refuse(http.StatusBadRequest, "bad_request", "The request cannot be passed on: "+err.Error()+".")
		return false
	}
	if !h.Requests.Take(x.origin.Client) {
		x.w.Header()["Retry-After"] = []string{"1"}
		x.refuse(http.StatusTooManyRequests, "too_many_requests", "This client has too many requests under way.")
		return false
	}
	x.requests = h.Requests
	if err := h.knows(x.r); err != nil { // else its body would be waited for
		x.unrouted(err)
		return false
	}
	if err := x.holdBody(); err != nil {
		x.unread(err)
		return false
	}
	return true
}

// entered books the request on a release.
func (x *exchange) entered(h *Handler) bool {
	err := h.enter(x.r, &x.flight)
	if err != nil {
		x.unrouted(err)
	}
	return err == nil
}

// unread answers a request whose body did not come to its end.
func (x *exchange) unread(err error) {
	if errors.Is(err, errSlow) {
		x.refuse(http.StatusRequestTimeout, "too_slow", "The request's body came too slowly.")
		return
	}
	x.refuse(http.StatusBadRequest, "body_unreadable", "The request's body could not be read to its end.")
}

// unrouted answers what no release answers for.
func (x *exchange) unrouted(err error) {
	if errors.Is(err, route.ErrNotHere) {
		x.unserved(err)
		x.refuse(http.StatusServiceUnavailable, "no_running_release", "The service has no running replica on this server.")
		return
	}
	if errors.Is(err, route.ErrNotRunning) {
		x.w.Header()["Retry-After"] = []string{"5"}
		x.refuse(http.StatusServiceUnavailable, "no_running_release", "The service at this address has no running release. It may be starting, stopped, or its last deployment failed.")
		return
	}
	x.refuse(http.StatusNotFound, "unknown_host", "No service has this host name.")
}

// serve runs attempts until one is answered.
func (x *exchange) serve() {
	defer func() { // also when the handler aborts by panic
		if x.tunnel == nil {
			x.flight.Leave()
		}
	}()
	stop := context.AfterFunc(x.r.Context(), x.onGone)
	defer func() {
		if !stop() { // it runs, or will: it must not find another request here
			x.lost = true
		}
	}()
	m := x.flight.Measure()
	for n := 1; ; n++ {
		err := x.attempt()
		if err == nil {
			return
		}
		if x.cut() { // before the context: cutting may end that, too
			x.measured(http.StatusServiceUnavailable)
			x.w.Header()["Connection"] = []string{"close"}
			x.refuse(http.StatusServiceUnavailable, "cut", "The release was replaced, and this request took longer than it may.")
			return
		}
		if x.r.Context().Err() != nil {
			m.Abandoned()
			panic(http.ErrAbortHandler)
		}
		if n < attempts && x.mayRepeat(err) {
			continue
		}
		x.failed(err)
		return
	}
}

// mayRepeat decides whether the failed attempt may be made again, and where. What was refused was never received, so
// anything whose body is still whole may go to another replica; what broke off before an answer may have been acted
// upon, so only what is safe to repeat does.
func (x *exchange) mayRepeat(err error) bool {
	refused := upstream.Refused(err)
	if x.bodyTouched || errors.Is(err, errTimeout) || (!refused && !x.safe()) {
		return false
	}
	if !refused && !x.reused {
		if x.broken { // a request that breaks two replicas shall not break the others
			return false
		}
		x.broken = true
	}
	if x.reused { // most likely closed by the other side while it rested: the same replica, afresh
		x.fresh = true
		return true
	}
	return x.flight.Release().Again(&x.flight)
}

// safe: the methods that RFC 9110 §9.2.1 calls safe, and requests whose client says that they may be repeated.
func (x *exchange) safe() bool {
	if x.hasBody() {
		return false
	}
	switch x.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return len(x.r.Header["Idempotency-Key"]) > 0
}

// failed answers for a replica that did not.
func (x *exchange) failed(err error) {
	x.log.Debug("request failed", "request_id", x.requestID, "service", x.flight.Release().Service,
		"release", x.flight.Release().ID, "upstream", x.flight.Upstream().Addr(), "error", err)
	if errors.Is(err, errTimeout) {
		x.measured(http.StatusGatewayTimeout)
		x.refuse(http.StatusGatewayTimeout, "no_answer", "The service took the request and did not answer in time.")
		return
	}
	if errors.Is(err, errBody) {
		x.measured(http.StatusBadRequest)
		x.unread(err)
		return
	}
	x.measured(http.StatusBadGateway)
	detail := "The service closed the connection without an answer."
	if upstream.Refused(err) {
		detail = "The service is not accepting connections."
		if x.flight.FromPeer() {
			x.unserved(err)
		}
	}
	x.refuse(http.StatusBadGateway, "upstream_failed", detail)
}

func (x *exchange) measured(status int) {
	x.flight.Measure().Answered(status, time.Since(x.start))
}
