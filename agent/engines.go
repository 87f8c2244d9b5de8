package agent

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// errNewEngine ends a session, so that the next tells the control plane of the runtime.
var errNewEngine = errors.New("a runtime's engine has come: telling the control plane")

// pingTimeout bounds the question whether an engine is there.
const pingTimeout = 3 * time.Second

// expectEngines takes awaited runtimes that releases on this server need as there: what they run must not be taken for
// gone while they do not answer.
func (a *Agent) expectEngines() {
	needed := map[string]bool{}
	for _, service := range a.state.Services() {
		for _, spec := range a.state.Specs(service) {
			needed[spec.Start.Runtime] = true
		}
	}
	a.opts.Awaited = slices.DeleteFunc(slices.Clone(a.opts.Awaited), func(rt runtime.Runtime) bool {
		if needed[rt.Name()] {
			a.runtimes.Add(rt)
		}
		return needed[rt.Name()]
	})
}

// awaitEngines offers each awaited runtime from when its engine answers.
func (a *Agent) awaitEngines(ctx context.Context) error {
	tick := time.NewTicker(a.opts.Await)
	defer tick.Stop()
	for waiting := a.opts.Awaited; len(waiting) > 0; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		waiting = slices.DeleteFunc(slices.Clone(waiting), func(rt runtime.Runtime) bool { return a.offer(ctx, rt) })
	}
	return nil
}

// offer adds a runtime if its engine answers, and reports whether it did.
func (a *Agent) offer(ctx context.Context, rt runtime.Runtime) bool {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if rt.Ping(ctx) != nil {
		return false
	}
	a.log.Info("agent: a runtime's engine answers now: the runtime is offered", "runtime", rt.Name())
	a.runtimes.Add(rt)
	a.artifacts.Changed()
	if l := a.link.Load(); l != nil {
		l.session.Close(errNewEngine)
	}
	return true
}
