package store

import (
	"sync"

	"github.com/syntra-dev/syntra/telemetry/spool"
)

// arrivals wakes the followers of this process when lines of their organization are stored. It is a hint: followers also
// look by themselves, since other replicas store too.
type arrivals struct {
	mu      sync.Mutex
	waiting map[string]chan struct{} // by organization; closed at the next arrival
}

// next returns a channel that is closed when something arrives after this call.
func (a *arrivals) next(organization string) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting == nil {
		a.waiting = map[string]chan struct{}{}
	}
	c, ok := a.waiting[organization]
	if !ok {
		c = make(chan struct{})
		a.waiting[organization] = c
	}
	return c
}

func (a *arrivals) announce(rows []spool.Row) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, row := range rows {
		if i > 0 && row.Organization == rows[i-1].Organization {
			continue
		}
		if c, ok := a.waiting[row.Organization]; ok {
			close(c)
			delete(a.waiting, row.Organization)
		}
	}
}
