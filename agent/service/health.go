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
	f, err := k.pass(ctx, gate{spec: spec, health: h, note: note})
	if err != nil {
		return wire.Healthy{}, err
	}
	if err := k.remember(h, f.counted); err != nil {
		return wire.Healthy{}, err
	}
	k.kick() // the watcher may give new replicas their share of the traffic now
	return wire.Healthy{
		Attempts: f.attempts, Millis: time.Since(began).Milliseconds(), Path: f.counted.Path, Status: f.counted.Status,
	}, nil
}

// remember keeps which path counted where the settings name none, so that it is the one that is asked from now on.
func (k *Keeper) remember(h wire.Health, counted probe.Outcome) error {
	spec, known := k.state.Spec(h.Owner.Service, h.Release)
	if !known || h.Path != "" || spec.Counted == counted.Path {
		return nil
	}
	spec.Counted = counted.Path
	return k.state.PutSpec(spec)
}

// questionOf is what the replicas of a release are asked; counted is as in state.Spec.
func questionOf(h wire.Health, counted string) probe.Question {
	q := probe.Question{Path: h.Path, Host: h.Host, Timeout: seconds(h.TimeoutSeconds, 5)}
	if h.Path == "" {
		q.Path, q.Lenient = counted, counted == probe.FallbackPath
	}
	return q
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
	counted  probe.Outcome // the last that passed
	hopeless time.Time     // since when no replica could ever pass as it is; zero: one could
}

// hopelessFor is how long a gate waits at most while what it sees can hardly change by waiting: a path that is not there, a
// program that listens on another port. With short deadlines it is half of them.
const hopelessFor = 10 * time.Second

// pass waits at the gate. It fails with crashed as soon as a replica ends, and with port_closed or unhealthy when the
// deadline is over, or earlier where waiting is hopeless.
func (k *Keeper) pass(ctx context.Context, g gate) (*finding, error) {
	began := time.Now()
	deadline := time.NewTimer(seconds(g.health.DeadlineSeconds, 60))
	defer deadline.Stop()
	tick := time.NewTicker(max(time.Duration(g.health.IntervalMillis)*time.Millisecond, 20*time.Millisecond))
	defer tick.Stop()
	f := &finding{restarts: map[string]int{}, answered: map[string]bool{}, last: map[string]probe.Outcome{}}
	for {
		ok, err := k.look(ctx, g, f)
		if ok || err != nil {
			return f, err
		}
		select {
		case <-ctx.Done():
			return f, context.Cause(ctx)
		case <-deadline.C:
			return f, k.verdict(ctx, g, f, time.Since(began))
		case <-tick.C:
		}
		if !f.hopeless.IsZero() && time.Since(f.hopeless) >= min(hopelessFor, seconds(g.health.DeadlineSeconds, 60)/2) {
			return f, k.verdict(ctx, g, f, time.Since(began))
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
			o := probe.Ask(ctx, k.opts.Probe, r.Address, questionOf(g.health, g.spec.Counted))
			mu.Lock()
			defer mu.Unlock()
			outcomes[r.Name] = o
			if o.OK {
				k.readies.add(r.Instance)
			}
		}()
	}
	wg.Wait()
	k.weigh(ctx, g, f, list, outcomes)
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
			f.counted = o
		} else {
			worst = strings.TrimSpace(o.Path + " " + o.Note)
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

func seconds(n, otherwise int) time.Duration {
	if n <= 0 {
		n = otherwise
	}
	return time.Duration(n) * time.Second
}
