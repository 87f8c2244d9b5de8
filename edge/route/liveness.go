package route

import (
	"cmp"
	"time"

	"github.com/syntra-dev/syntra/agent/probe"
	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/upstream"
)

// watch has the release's replicas asked whether they are well, from now on; nil: not asked.
func (r *Release) watch(h *control.Health) {
	var c upstream.Check
	if h != nil {
		c = upstream.Check{
			Question: probe.Question{
				Path:    h.Path,
				Lenient: h.Lenient,
				Host:    h.Host,
				Timeout: time.Duration(cmp.Or(h.TimeoutMillis, 5000)) * time.Millisecond,
			},
			Every: time.Duration(cmp.Or(h.EveryMillis, 5000)) * time.Millisecond,
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.targets {
		if t.Protocol == control.HTTP1 { // other edges ask their own
			t.up.Check(c)
		}
	}
}

// Ailing are the replicas that get no requests as long as others of their release are well. Those of a release whose
// replicas are all ailing go on getting requests: better one that may answer than none.
func (r *Router) Ailing() []control.Ailing {
	out := []control.Ailing{}
	for _, rel := range r.Releases() {
		rel.mu.Lock()
		for _, t := range rel.targets {
			if why, since, ailing := t.up.Ailing(); ailing {
				out = append(out, control.Ailing{Service: rel.Service, Release: rel.ID, Address: t.up.Addr(), Why: why, Since: since})
			}
		}
		rel.mu.Unlock()
	}
	return out
}
