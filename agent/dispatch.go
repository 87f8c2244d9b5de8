package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
)

// handle runs the command's own code; a panic there is a failure of this command alone.
func (a *Agent) handle(ctx context.Context, cmd wire.Command, t *task) (data any, err error) {
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("agent: a command panicked", "command", cmd.ID, "kind", cmd.Kind, "panic", p, "stack", string(debug.Stack()))
			data, err = nil, fmt.Errorf("the agent failed in the middle of %s: %v", cmd.Kind, p)
		}
	}()
	switch cmd.Kind {
	case wire.KindBuild:
		return run(ctx, a, cmd, t, false, a.build)
	case wire.KindStart:
		return run(ctx, a, cmd, t, true, a.start)
	case wire.KindHealth:
		return run(ctx, a, cmd, t, false, a.health)
	case wire.KindRoute:
		return run(ctx, a, cmd, t, true, a.route)
	case wire.KindDrain:
		return run(ctx, a, cmd, t, false, a.drain)
	case wire.KindStop:
		return run(ctx, a, cmd, t, true, a.stop)
	case wire.KindPush:
		return run(ctx, a, cmd, t, false, a.pushArtifact)
	case wire.KindPull:
		return run(ctx, a, cmd, t, false, a.pullArtifact)
	case wire.KindObserve:
		return run(ctx, a, cmd, t, false, a.observe)
	case wire.KindExec:
		return run(ctx, a, cmd, t, false, a.exec)
	case wire.KindTail:
		return run(ctx, a, cmd, t, false, a.tail)
	}
	return nil, fmt.Errorf("this agent does not know the command %q: it may be older than the control plane", cmd.Kind)
}

// run decodes and checks a command's data and hands it to its handler. Those that change a service's replicas or routes
// have the service to themselves; those that only wait or build run beside them, so that a wait whose caller is gone
// holds nothing up.
func run[D any, R any](ctx context.Context, a *Agent, cmd wire.Command, t *task, alone bool, f func(context.Context, *task, D) (R, error)) (any, error) {
	var d D
	if err := json.Unmarshal(cmd.Data, &d); err != nil {
		return nil, fmt.Errorf("the %s command is malformed: %w", cmd.Kind, err)
	}
	owner, ids, err := named(d)
	if err != nil {
		return nil, err
	}
	for _, id := range append([]string{owner.Service}, ids...) {
		if !idPattern.MatchString(id) {
			return nil, fmt.Errorf("the %s command names %q, which is no id", cmd.Kind, id)
		}
	}
	if durable(cmd.Kind) {
		a.state.Touch(owner.Service, time.Now())
		defer func() { a.state.Touch(owner.Service, time.Now()) }()
	}
	if alone {
		t.note("waiting for the service's other work")
		unlock, err := a.locks.lock(ctx, owner.Service)
		if err != nil {
			return nil, err
		}
		defer unlock()
		defer a.kick()
	}
	if durable(cmd.Kind) {
		if err := a.journal.Start(cmd.ID); err != nil {
			return nil, err
		}
	}
	return f(ctx, t, d)
}

// idPattern keeps ids from becoming paths or replica names of others.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// named answers whose service a command's data is about, and the releases it names.
func named(data any) (wire.Owner, []string, error) {
	switch d := data.(type) {
	case wire.Build:
		return d.Owner, nil, nil
	case wire.Start:
		return d.Owner, []string{d.Release}, nil
	case wire.Health:
		return d.Owner, []string{d.Release}, nil
	case wire.Route:
		return d.Owner, append(d.Shares.Releases(), peerServers(d.Peers)...), nil
	case wire.Drain:
		return d.Owner, []string{d.Release}, nil
	case wire.Stop:
		return d.Owner, d.Releases, nil
	case wire.PushArtifact:
		return d.Owner, nil, nil
	case wire.PullArtifact:
		return d.Owner, nil, nil
	case wire.Observe:
		if d.Release == "" {
			return d.Owner, nil, nil
		}
		return d.Owner, []string{d.Release}, nil
	case wire.Exec:
		return d.Owner, nil, nil
	case wire.Tail:
		return d.Owner, nil, nil
	}
	return wire.Owner{}, nil, fmt.Errorf("unknown data %T", data)
}
