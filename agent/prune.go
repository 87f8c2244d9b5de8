package agent

import (
	"context"
	"sync"
	"time"
)

// prunings remembers when artifacts were last deleted.
type prunings struct {
	mu   sync.Mutex
	last time.Time
}

// due says whether a pruning may begin now, and notes that it does.
func (p *prunings) due(every time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.last) < every {
		return false
	}
	p.last = time.Now()
	return true
}

// prune deletes the artifacts that neither the control plane nor a spec on this server needs. Runtimes spare what is fresh
// or in use besides.
func (a *Agent) prune(ctx context.Context, needed []string) {
	session := a.session.Load()
	if needed == nil || session == nil || time.Since(session.since) < a.opts.Prune || a.busy() || !a.prunings.due(a.opts.Prune) {
		return
	}
	keep := map[string]bool{}
	for _, digest := range needed {
		keep[digest] = true
	}
	for _, service := range a.state.Services() {
		for _, spec := range a.state.Specs(service) {
			keep[spec.Start.Digest] = true
		}
	}
	for name, rt := range a.runtimes {
		deleted, err := rt.Prune(ctx, keep)
		if deleted > 0 {
			a.holdings.change()
			a.log.Info("agent: deleted old artifacts", "runtime", name, "artifacts", deleted)
		}
		if err != nil && ctx.Err() == nil {
			a.log.Warn("agent: old artifacts could not be deleted; trying again later", "runtime", name, "error", err)
		}
	}
}

// busy says whether any command is under way.
func (a *Agent) busy() bool {
	a.commands.mu.Lock()
	defer a.commands.mu.Unlock()
	return len(a.commands.running) > 0
}
