package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/route"
)

// maxMessage bounds what the control API reads.
const maxMessage = 1 << 20

// maxGrace bounds the waits of a drain.
const maxGrace = 24 * time.Hour

// admin is the control API. The successor of an edge that was handed over drives it by the same API, on a socket of
// its own (linked), where changes are still taken.
func (e *edge) adminServer(linked bool) *http.Server {
	mux := http.NewServeMux()
	handle := func(pattern string, f func(*http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxMessage)
			out, err := f(r)
			reply(w, e.log, out, err)
		})
	}
	handle("GET /v1/status", func(*http.Request) (any, error) { return e.status(), nil })
	handle("GET /v1/table", func(*http.Request) (any, error) { return e.router.Table(), nil })
	handle("GET /v1/ailing", func(*http.Request) (any, error) { return e.router.Ailing(), nil })
	handle("GET /v1/stats", func(r *http.Request) (any, error) { return e.stats(r.Context()), nil })
	handle("PUT /v1/identity", func(r *http.Request) (any, error) {
		var i control.Identity
		if err := decode(r, &i); err != nil {
			return nil, err
		}
		return nil, e.change(linked, func() error { return e.putIdentity(r.Context(), i) })
	})
	handle("PUT /v1/services/{id}", func(r *http.Request) (any, error) {
		var s control.Service
		if err := decode(r, &s); err != nil {
			return nil, err
		}
		if s.ID != r.PathValue("id") {
			return nil, route.Invalid{Err: fmt.Errorf("the path names service %q and the body %q", r.PathValue("id"), s.ID)}
		}
		return nil, e.change(linked, func() error { return e.put(r.Context(), s) })
	})
	handle("DELETE /v1/services/{id}", func(r *http.Request) (any, error) {
		return nil, e.change(linked, func() error { return e.delete(r.Context(), r.PathValue("id")) })
	})
	handle("POST /v1/services/{id}/drain", func(r *http.Request) (any, error) {
		var d control.DrainRequest
		if err := decode(r, &d); err != nil {
			return nil, err
		}
		if most := int(maxGrace / time.Second); d.Seconds < 0 || d.WebSocketSeconds < 0 || d.Seconds > most || d.WebSocketSeconds > most {
			return nil, route.Invalid{Err: fmt.Errorf("a drain's grace is between 0 and %d seconds", most)}
		}
		return e.drain(r.Context(), r.PathValue("id"), d)
	})
	mux.HandleFunc("GET /metrics", e.metrics)
	if !linked {
		mux.HandleFunc("POST /v1/takeover", e.handOver)
		mux.HandleFunc("POST /v1/sockets", e.lendSockets)
	}
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(e.log.Handler(), slog.LevelDebug)}
	s.SetKeepAlivesEnabled(false) // the next call may be for the next edge
	return s
}

func decode(r *http.Request, into any) error {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		return route.Invalid{Err: fmt.Errorf("the message is not the JSON that was expected: %w", err)}
	}
	return nil
}

func reply(w http.ResponseWriter, log *slog.Logger, out any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		e := explain(err)
		if e.Status >= 500 && e.Code != control.CodeHandingOver && !errors.Is(err, context.Canceled) {
			log.Error("control call failed", "error", err)
		}
		w.WriteHeader(e.Status)
		out = e
	} else if out == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

// explain finds the status and code for an error.
func explain(err error) *control.Error {
	var known *control.Error
	var invalid route.Invalid
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &invalid):
		return &control.Error{Status: http.StatusBadRequest, Code: control.CodeInvalid, Message: err.Error()}
	case errors.Is(err, route.ErrHostTaken):
		return &control.Error{Status: http.StatusConflict, Code: control.CodeHostTaken, Message: err.Error()}
	case errors.Is(err, route.ErrRouted):
		return &control.Error{Status: http.StatusConflict, Code: control.CodeStillRouted, Message: err.Error()}
	case errors.Is(err, route.ErrNotSaved):
		return &control.Error{Status: http.StatusInternalServerError, Code: control.CodeNotSaved, Message: err.Error()}
	}
	return &control.Error{Status: http.StatusInternalServerError, Code: control.CodeDrainFailed, Message: err.Error()}
}
