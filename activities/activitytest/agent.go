// Package activitytest holds what tests of activities, workflows and workers stand on: a server's agent that does in
// memory what a real one does (agent.go), and a service in a real log (house.go).
package activitytest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// Agent keeps replicas, a route and a journal in memory. It is safe for concurrent use.
type Agent struct {
	mu       sync.Mutex
	away     bool
	journal  map[string]wire.Result
	done     []wire.Command
	hooks    map[wire.Kind][]Hook
	replicas map[string][]runtime.Instance // by release
	envs     map[string]map[string]string  // by release
	split    traffic.Split
	hosts    []string
	builds   int
	quiet    bool
}

// Hook runs before the agent does a command, and may fail it or take its time.
type Hook func(ctx context.Context, cmd wire.Command) *wire.Failure

// NewAgent is an agent that is connected, on a server where nothing runs.
func NewAgent() *Agent {
	return &Agent{
		journal: map[string]wire.Result{}, hooks: map[wire.Kind][]Hook{},
		replicas: map[string][]runtime.Instance{}, envs: map[string]map[string]string{},
	}
}

// Leave disconnects the agent; Return connects it again.
func (a *Agent) Leave() { a.mu.Lock(); a.away = true; a.mu.Unlock() }

// Return connects the agent again.
func (a *Agent) Return() { a.mu.Lock(); a.away = false; a.mu.Unlock() }

// Quietly makes builds not say that they have their source.
func (a *Agent) Quietly(quiet bool) { a.mu.Lock(); a.quiet = quiet; a.mu.Unlock() }

func (a *Agent) online() bool { a.mu.Lock(); defer a.mu.Unlock(); return !a.away }

// Next runs a hook before the next command of a kind, once. Several wait in a row.
func (a *Agent) Next(kind wire.Kind, h Hook) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hooks[kind] = append(a.hooks[kind], h)
}

// Fail is a Hook that fails.
func Fail(code, message string) Hook {
	return func(context.Context, wire.Command) *wire.Failure { return &wire.Failure{Code: code, Message: message} }
}

// Hold is a Hook that says when it was reached, and waits until it is let go or the command is cancelled.
func Hold() (h Hook, reached <-chan struct{}, letGo func()) {
	at, free := make(chan struct{}), make(chan struct{})
	return func(ctx context.Context, _ wire.Command) *wire.Failure {
		close(at)
		select {
		case <-free:
			return nil
		case <-ctx.Done():
			return &wire.Failure{Code: runtime.CodeCancelled, Message: "cancelled"}
		}
	}, at, sync.OnceFunc(func() { close(free) })
}

// Commands lists what was done, in order, as "kind id" without observations; a command that the journal answered is not
// done again.
func (a *Agent) Commands() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for _, c := range a.done {
		if c.Kind != wire.KindObserve {
			out = append(out, string(c.Kind)+" "+c.ID)
		}
	}
	return out
}

// Sent answers the data of the last command of a kind that was done.
func Sent[T any](a *Agent, kind wire.Kind) (out T, found bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range slices.Backward(a.done) {
		if c.Kind == kind {
			return out, json.Unmarshal(c.Data, &out) == nil
		}
	}
	return out, false
}

// Running answers which releases have replicas, and how many each.
func (a *Agent) Running() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := map[string]int{}
	for release, instances := range a.replicas {
		for _, i := range instances {
			if i.State == runtime.Running {
				out[release]++
			}
		}
	}
	return out
}

// Split is how the edge splits the traffic.
func (a *Agent) Split() traffic.Split { a.mu.Lock(); defer a.mu.Unlock(); return a.split }

// RoutedTo is the release that takes most of the traffic.
func (a *Agent) RoutedTo() string { return a.Split().Live() }

// Reroute points the edge elsewhere behind the platform's back.
func (a *Agent) Reroute(split traffic.Split) { a.mu.Lock(); a.split = split; a.mu.Unlock() }

// Kill ends a release's replicas behind the platform's back.
func (a *Agent) Kill(release string) { a.mu.Lock(); delete(a.replicas, release); a.mu.Unlock() }

func (a *Agent) do(ctx context.Context, cmd wire.Command, note func(string)) (wire.Result, error) {
	a.mu.Lock()
	if a.away {
		a.mu.Unlock()
		return wire.Result{}, activities.ErrOffline
	}
	if known, has := a.journal[cmd.ID]; has {
		a.mu.Unlock()
		return known, nil
	}
	var hook Hook
	if waiting := a.hooks[cmd.Kind]; len(waiting) > 0 {
		hook, a.hooks[cmd.Kind] = waiting[0], waiting[1:]
	}
	quiet := a.quiet
	a.mu.Unlock()
	if note != nil && cmd.Kind == wire.KindBuild && !quiet {
		note(wire.NoteSourceReady)
	}
	if hook != nil {
		if f := hook(ctx, cmd); f != nil {
			return a.settle(cmd, wire.Result{ID: cmd.ID, Error: f}), nil
		}
	}
	if err := ctx.Err(); err != nil {
		return wire.Result{}, err
	}
	a.mu.Lock()
	data, f := a.perform(cmd)
	a.mu.Unlock()
	if f != nil {
		return a.settle(cmd, wire.Result{ID: cmd.ID, Error: f}), nil
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return wire.Result{}, err
	}
	return a.settle(cmd, wire.Result{ID: cmd.ID, Data: raw}), nil
}

// settle journals an outcome, unless it is a cancellation or an observation.
func (a *Agent) settle(cmd wire.Command, res wire.Result) wire.Result {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.done = append(a.done, cmd)
	if cmd.Kind != wire.KindObserve && (res.Error == nil || res.Error.Code != runtime.CodeCancelled) {
		a.journal[cmd.ID] = res
	}
	return res
}

func (a *Agent) perform(cmd wire.Command) (any, *wire.Failure) {
	switch cmd.Kind {
	case wire.KindBuild:
		a.builds++
		return wire.Built{Runtime: "docker", Digest: fmt.Sprintf("sha256:%064d", a.builds), SizeBytes: 1 << 20, Port: 8080, Millis: 7}, nil
	case wire.KindStart:
		return a.start(read[wire.Start](cmd))
	case wire.KindHealth:
		if c := read[wire.Health](cmd); len(a.replicas[c.Release]) == 0 {
			return nil, &wire.Failure{Code: runtime.CodeCrashed, Message: "no replica runs"}
		}
		return wire.Healthy{Attempts: 1, Millis: 3}, nil
	case wire.KindRoute:
		c := read[wire.Route](cmd)
		out := wire.Routed{Previous: a.split}
		a.split, a.hosts = c.Shares, c.Hosts
		for _, id := range c.Shares.Releases() {
			for _, i := range a.replicas[id] {
				out.Upstreams = append(out.Upstreams, i.Address)
			}
		}
		return out, nil
	case wire.KindDrain:
		c := read[wire.Drain](cmd)
		if c.Unroute && len(c.Peers) > 0 {
			return wire.Drained{Millis: 2}, nil
		}
		if c.Unroute {
			a.split = nil
		}
		if a.split.Has(c.Release) {
			return nil, &wire.Failure{Code: wire.CodeInternal, Message: "the release still takes traffic"}
		}
		return wire.Drained{Millis: 2}, nil
	case wire.KindPush:
		return wire.ArtifactPushed{Manifest: "sha256:manifest", SizeBytes: 1 << 20, Millis: 5}, nil
	case wire.KindPull:
		return wire.ArtifactPulled{Bytes: 1 << 20, Millis: 5}, nil
	case wire.KindStop:
		return a.stop(read[wire.Stop](cmd))
	case wire.KindObserve:
		c := read[wire.Observe](cmd)
		seen := wire.Observed{Split: a.split, Hosts: a.hosts}
		for release, instances := range a.replicas {
			seen.Instances = append(seen.Instances, instances...)
			if release == c.Release {
				seen.Healthy = len(instances)
			}
		}
		return seen, nil
	}
	return nil, &wire.Failure{Code: wire.CodeInternal, Message: "unknown command " + string(cmd.Kind)}
}

func (a *Agent) start(c wire.Start) (any, *wire.Failure) {
	kept := a.replicas[c.Release]
	if c.Recreate {
		kept = nil
	}
	for i := len(kept); i < c.Replicas; i++ {
		kept = append(kept, runtime.Instance{
			Name: fmt.Sprintf("%s.%s.%d", c.Owner.Service, c.Release, i), Digest: c.Digest, State: runtime.Running,
			Address: fmt.Sprintf("127.0.0.1:%d", 20000+i), Labels: runtime.Labels{Service: c.Owner.Service, Release: c.Release, Replica: i},
		})
	}
	a.replicas[c.Release], a.envs[c.Release] = kept[:c.Replicas], c.Env
	return wire.Started{Instances: slices.Clone(a.replicas[c.Release])}, nil
}

func (a *Agent) stop(c wire.Stop) (any, *wire.Failure) {
	if c.Unroute && len(c.Peers) == 0 {
		a.split, a.hosts = nil, nil
	}
	out := wire.Stopped{}
	for release, instances := range a.replicas {
		if len(c.Releases) > 0 && !slices.Contains(c.Releases, release) {
			continue
		}
		for _, i := range instances {
			out.Names = append(out.Names, i.Name)
		}
		delete(a.replicas, release)
	}
	return out, nil
}

// Env is what a release was last started with.
func (a *Agent) Env(release string) map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.envs[release]
}

func read[T any](cmd wire.Command) T {
	var v T
	if err := json.Unmarshal(cmd.Data, &v); err != nil {
		panic(fmt.Sprintf("activitytest: %s: %v", cmd.Kind, err)) // a command that its own type does not read
	}
	return v
}
