package service

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/logs"
	"github.com/syntra-dev/syntra/agent/mask"
	"github.com/syntra-dev/syntra/agent/probe"
	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
)

// Health waits until every replica of a release passes its probe in one and the same round.
func (k *Keeper) Health(ctx context.Context, note func(string), h wire.Health) (wire.Healthy, error) {
	spec, known := k.state.Spec(h.Owner.Service, h.Release)
	if !known {
		return wire.Healthy{}, fmt.Errorf("release %s was never started here", h.Release)
	}
	began := time.Now()
	attempts, err := k.pass(ctx, gate{spec: spec, health: h, note: note})
	if err == nil {
		k.kick() // the watcher may give new replicas their share of the traffic now
	}
	return wire.Healthy{Attempts: attempts, Millis: time.Since(began).Milliseconds()}, err
}

// gate is one wait for health.
type gate struct {
	spec   state.Spec
	health wire.Health
	only   int // number of the one replica that counts; 0: all
	note   func(string)
}

// finding is what a gate has seen of its replicas so far.
type finding struct {
	attempts int
	restarts map[string]int  // at the first look
	answered map[string]bool // replicas that took a connection at least once
	last     map[string]probe.Outcome
}

// pass waits at the gate. It fails with crashed as soon as a replica ends, and with port_closed or unhealthy when the
// deadline is over.
func (k *Keeper) pass(ctx context.Context, g gate) (attempts int, err error) {
	deadline := time.NewTimer(seconds(g.health.DeadlineSeconds, 60))
	defer deadline.Stop()
	tick := time.NewTicker(max(time.Duration(g.health.IntervalMillis)*time.Millisecond, 20*time.Millisecond))
	defer tick.Stop()
	f := &finding{restarts: map[string]int{}, answered: map[string]bool{}, last: map[string]probe.Outcome{}}
	for {
		ok, err := k.look(ctx, g, f)
		if ok || err != nil {
			return f.attempts, err
		}
		select {
		case <-ctx.Done():
			return f.attempts, context.Cause(ctx)
		case <-deadline.C:
			return f.attempts, g.verdict(f)
		case <-tick.C:
		}
	}
}

// look is one round: all replicas at once.
func (k *Keeper) look(ctx context.Context, g gate, f *finding) (ok bool, err error) {
	list, err := k.runtimes.Of(ctx, g.health.Owner.Service, g.health.Release)
	if err != nil {
		return false, err
	}
	f.attempts++
	outcomes := map[string]probe.Outcome{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, r := range list {
		if !g.counts(r) {
			continue
		}
		if err := k.crashed(ctx, g, f, r); err != nil {
			return false, err
		}
		if r.State != runtime.Running || r.Address == "" {
			outcomes[r.Name] = probe.Outcome{Silent: true, Note: string(r.State)}
			continue
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			o := probe.Get(ctx, k.opts.Probe, r.Address, healthPath(g.health), seconds(g.health.TimeoutSeconds, 5))
			mu.Lock()
			defer mu.Unlock()
			outcomes[r.Name] = o
			if o.OK {
				k.readies.add(r.Instance)
			}
		}()
	}
	wg.Wait()
	return g.judge(f, outcomes), ctx.Err()
}

// counts says whether a replica is one that the gate waits for.
func (g gate) counts(r replica.Replica) bool {
	if g.only > 0 {
		return r.Labels.Replica == g.only
	}
	return r.Labels.Replica <= g.spec.Start.Replicas
}

// judge takes a round in and says whether all passed.
func (g gate) judge(f *finding, outcomes map[string]probe.Outcome) bool {
	passed, worst := 0, ""
	for name, o := range outcomes {
		f.last[name] = o
		if !o.Silent {
			f.answered[name] = true
		}
		if o.OK {
			passed++
		} else {
			worst = o.Note
		}
	}
	want := g.spec.Start.Replicas
	if g.only > 0 {
		want = 1
	}
	if passed >= want {
		return true
	}
	if worst == "" {
		worst = "not there yet"
	}
	g.note(fmt.Sprintf("health: %s, attempt %d (%d of %d replicas well)", worst, f.attempts, passed, want))
	return false
}

// crashed returns an error when a replica has ended since its start.
func (k *Keeper) crashed(ctx context.Context, g gate, f *finding, r replica.Replica) error {
	first, seen := f.restarts[r.Name]
	if !seen {
		// A release that had traffic may have been restarted long ago; of a new one every restart counts.
		if g.spec.Proven {
			first = r.Restarts
		}
		f.restarts[r.Name] = first
	}
	if r.State == runtime.Running && r.Restarts <= first {
		return nil
	}
	if r.State == runtime.Restarting && r.Restarts <= first && g.spec.Proven {
		return nil
	}
	how := fmt.Sprintf("ended with exit code %d", r.ExitCode)
	switch {
	case r.OOMKilled && g.spec.Start.MemoryMB == 0:
		how = "was killed because the server ran out of memory"
	case r.OOMKilled:
		how = fmt.Sprintf("was killed for using more than its %d MB of memory", g.spec.Start.MemoryMB)
	}
	text := fmt.Sprintf("replica %d %s before it was healthy", r.Labels.Replica, how)
	if lines := logs.Last(ctx, r, 10); len(lines) > 0 {
		text += "; it last said:\n" + strings.Join(lines, "\n")
	}
	return &runtime.Error{Code: runtime.CodeCrashed, Message: mask.Of(g.spec.Start.Env, mask.Variables).Hide(text)}
}

// verdict says why the gate's deadline passed.
func (g gate) verdict(f *finding) error {
	limit := seconds(g.health.DeadlineSeconds, 60)
	for name, o := range f.last {
		n := name[strings.LastIndexByte(name, '.')+1:]
		switch {
		case o.OK:
		case !f.answered[name]:
			return &runtime.Error{Code: runtime.CodeNoPort, Message: fmt.Sprintf(
				"nothing listens on port %d in replica %s (%s, %d attempts in %s): make the program listen on 0.0.0.0 and the port in $PORT, or set run.port", g.spec.Start.Port, n, o.Note, f.attempts, limit)}
		default:
			return &runtime.Error{Code: runtime.CodeUnhealthy, Message: fmt.Sprintf(
				"GET %s in replica %s never answered 2xx or 3xx (last: %s, %d attempts in %s): mend it, or set health.path or health.deadline_seconds", healthPath(g.health), n, o.Note, f.attempts, limit)}
		}
	}
	return &runtime.Error{Code: runtime.CodeCrashed, Message: fmt.Sprintf("not all replicas of the release were there within %s", limit)}
}

func healthPath(h wire.Health) string {
	if h.Path == "" {
		return "/"
	}
	return h.Path
}

func seconds(n, otherwise int) time.Duration {
	if n <= 0 {
		n = otherwise
	}
	return time.Duration(n) * time.Second
}
