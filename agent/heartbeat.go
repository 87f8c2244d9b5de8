package agent

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/host"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/session"
	"github.com/syntra-dev/syntra/agent/wire"
)

// beat tells the hub how the host is, at once and then every period.
func (a *Agent) beat(s *session.Session, period time.Duration) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		if s.Send(wire.TypeHeartbeat, a.heartbeat(s.Context())) != nil {
			return
		}
		select {
		case <-s.Context().Done():
			return
		case <-tick.C:
		}
	}
}

// heartbeat asks no engine: a slow one must not make the agent look dead.
func (a *Agent) heartbeat(ctx context.Context) wire.Heartbeat {
	hb := wire.Heartbeat{
		Instances: a.services.Instances(), Usage: a.usages.all(), SpooledRecords: a.spool.Waiting(),
		Problems: a.allProblems(),
	}
	host.Measure(ctx, a.opts.DataDir, &hb)
	return hb
}

// allProblems returns what is wrong on the server, bounded.
func (a *Agent) allProblems() []string {
	all := slices.Clone(a.problems)
	for _, rt := range a.opts.Runtimes {
		if r, ok := rt.(interface{ Problems() []string }); ok {
			all = append(all, r.Problems()...)
		}
	}
	return all[:min(len(all), wire.MaxProblems)]
}

// usages are the last measurements of running replicas.
type usages struct {
	mu sync.Mutex
	of map[string]runtime.Usage
}

func (u *usages) all() map[string]runtime.Usage {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.of // replaced as a whole, never changed
}

// usagePeriod is how often replicas are measured.
const usagePeriod = 5 * time.Second

// measureUsage measures the running replicas, beside the heartbeats.
func (a *Agent) measureUsage(ctx context.Context) error {
	tick := time.NewTicker(usagePeriod)
	defer tick.Stop()
	for {
		next := map[string]runtime.Usage{}
		for _, r := range a.services.Seen() {
			if r.State != runtime.Running {
				continue
			}
			one, cancel := context.WithTimeout(ctx, usagePeriod)
			if u, err := r.Runtime.Usage(one, r.Name); err == nil { // one that ends meanwhile has no usage
				next[r.Name] = u
			}
			cancel()
		}
		a.usages.mu.Lock()
		a.usages.of = next
		a.usages.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
