package edge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/route"
)

// change runs f unless the edge is being handed over; then the successor is to be asked.
func (e *edge) change(linked bool, f func() error) error {
	if linked {
		return f()
	}
	e.gate.RLock()
	defer e.gate.RUnlock()
	if e.closing {
		return &control.Error{Status: http.StatusServiceUnavailable, Code: control.CodeHandingOver, Message: "this edge is going; ask again"}
	}
	return f()
}

func (e *edge) put(ctx context.Context, s control.Service) error {
	if err := e.router.Put(s); err != nil {
		return err
	}
	return e.predecessor.do(func(c *control.Client) error { return c.PutService(ctx, s) })
}

func (e *edge) delete(ctx context.Context, id string) error {
	if err := e.router.Delete(id); err != nil {
		return err
	}
	return e.predecessor.do(func(c *control.Client) error { return c.DeleteService(ctx, id) })
}

// drain waits here and in the edge that was taken over, if it still serves.
func (e *edge) drain(ctx context.Context, service string, d control.DrainRequest) (control.DrainResponse, error) {
	start := time.Now()
	theirs := make(chan error, 1)
	var out control.DrainResponse
	var before control.DrainResponse
	go func() {
		theirs <- e.predecessor.do(func(c *control.Client) (err error) {
			before, err = c.Drain(ctx, service, d)
			return err
		})
	}()
	var err error
	if rel := e.router.Release(service, d.Release); rel != nil {
		grace := route.Grace{Plain: time.Duration(d.Seconds) * time.Second, Sockets: time.Duration(d.WebSocketSeconds) * time.Second}
		out.Cut, err = rel.Drain(ctx, d.Endpoint, grace)
	}
	err = errors.Join(err, <-theirs)
	out.Cut += before.Cut
	out.Millis = time.Since(start).Milliseconds()
	if err != nil {
		return out, fmt.Errorf("draining release %s of service %s: %w", d.Release, service, err)
	}
	if out.Cut > 0 {
		e.log.Warn("drain cut requests", "service", service, "release", d.Release, "cut", out.Cut, "millis", out.Millis)
	}
	return out, nil
}
