package artifacts

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

// Prune deletes the artifacts that neither the control plane nor a spec on this server needs. Runtimes spare what is fresh
// or in use besides. It does nothing within every of the last time.
func (k *Keeper) Prune(ctx context.Context, needed []string, every time.Duration) {
	if !k.prunings.due(every) {
		return
	}
	keep := map[string]bool{}
	for _, digest := range needed {
		keep[digest] = true
	}
	for _, service := range k.state.Services() {
		for _, spec := range k.state.Specs(service) {
			keep[spec.Start.Digest] = true
		}
	}
	for _, rt := range k.runtimes {
		deleted, err := rt.Prune(ctx, keep)
		if deleted > 0 {
			k.Changed()
			k.log.Info("agent: deleted old artifacts", "runtime", rt.Name(), "artifacts", deleted)
		}
		if err != nil && ctx.Err() == nil {
			k.log.Warn("agent: old artifacts could not be deleted; trying again later", "runtime", rt.Name(), "error", err)
		}
	}
}
