package route

import (
	"context"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/upstream"
)

// probeWithin bounds the probing of a restored table: serving late is worse than trying a dead replica.
const probeWithin = time.Second

// Restore fills an empty router from a saved table. What is wrong in it is left out, with a word in the log: the rest
// must be served.
func (r *Router) Restore(t control.Table) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, in := range t.Services {
		s, err := normalise(in)
		if err == nil {
			err = r.change(s.ID, &s, nil)
		}
		if err != nil {
			r.log.Error("a service of the saved table cannot be routed; it is left out", "service", in.ID, "error", err)
		}
	}
}

// Probe dials every upstream once and marks those that do not answer.
func (r *Router) Probe(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	var wg sync.WaitGroup
	for _, u := range r.upstreams() {
		wg.Go(func() { u.Probe(ctx) })
	}
	wg.Wait()
}

func (r *Router) upstreams() (out []*upstream.Upstream) {
	for _, rel := range r.Releases() {
		rel.mu.Lock()
		for _, t := range rel.targets {
			out = append(out, t.up)
		}
		rel.mu.Unlock()
	}
	return out
}

// Detach makes further changes temporary: the table on disk belongs to a successor now.
func (r *Router) Detach() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.save = nil
}

// Finish waits until nothing is under way anywhere. When ctx ends it routes nothing more and cuts what is left.
func (r *Router) Finish(ctx context.Context) {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for r.inFlight() > 0 {
		select {
		case <-look.C:
			continue
		case <-ctx.Done():
		}
		break
	}
	r.mu.Lock()
	r.table.Store(&table{hosts: map[string]*service{}, services: map[string]*service{}})
	r.mu.Unlock()
	for _, rel := range r.Releases() {
		rel.setRouted(false, time.Now())
		_, _ = rel.Drain(context.Background(), "", Grace{})
	}
}

func (r *Router) inFlight() (n int64) {
	for _, rel := range r.Releases() {
		n += rel.InFlight()
	}
	return n
}

// Close lets go of all resting connections to upstreams.
func (r *Router) Close() {
	for _, u := range r.upstreams() {
		u.Close()
	}
}
