package command

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
)

// Handler carries a kind of command out. What it returns becomes the outcome's data.
type Handler func(ctx context.Context, u *Runner, cmd wire.Command, t *Task) (any, error)

// Alone makes a handler of commands that change a service's replicas or routes: each has the service to itself.
func Alone[D, R any](f func(context.Context, func(string), D) (R, error)) Handler {
	return handler(true, func(ctx context.Context, t *Task, d D) (R, error) { return f(ctx, t.Note, d) })
}

// Beside makes a handler of commands that only wait or build: they run beside the others, so that a wait whose caller is
// gone holds nothing up.
func Beside[D, R any](f func(context.Context, func(string), D) (R, error)) Handler {
	return handler(false, func(ctx context.Context, t *Task, d D) (R, error) { return f(ctx, t.Note, d) })
}

// For is Beside for those that need to know more of their task.
func For[D, R any](f func(context.Context, *Task, D) (R, error)) Handler { return handler(false, f) }

// handler decodes and checks a command's data and hands it to f.
func handler[D, R any](alone bool, f func(context.Context, *Task, D) (R, error)) Handler {
	return func(ctx context.Context, u *Runner, cmd wire.Command, t *Task) (any, error) {
		var d D
		if err := json.Unmarshal(cmd.Data, &d); err != nil {
			return nil, fmt.Errorf("the %s command is malformed: %w", cmd.Kind, err)
		}
		owner, ids, err := named(d)
		if err != nil {
			return nil, err
		}
		for _, id := range append([]string{owner.Service}, ids...) {
			if !wire.IsID(id) {
				return nil, fmt.Errorf("the %s command names %q, which is no id", cmd.Kind, id)
			}
		}
		if durable(cmd.Kind) {
			u.opts.State.Touch(owner.Service, time.Now())
			defer func() { u.opts.State.Touch(owner.Service, time.Now()) }()
		}
		if alone {
			t.Note("waiting for the service's other work")
			unlock, err := u.opts.Locks.Lock(ctx, owner.Service)
			if err != nil {
				return nil, err
			}
			defer unlock()
			defer u.opts.Changed()
		}
		if durable(cmd.Kind) {
			if err := u.opts.Journal.Start(cmd.ID); err != nil {
				return nil, err
			}
		}
		return f(ctx, t, d)
	}
}

// handle runs the command's own code; a panic there is a failure of this command alone.
func (u *Runner) handle(ctx context.Context, cmd wire.Command, t *Task) (data any, err error) {
	defer func() {
		if p := recover(); p != nil {
			u.log.Error("agent: a command panicked", "command", cmd.ID, "kind", cmd.Kind, "panic", p, "stack", string(debug.Stack()))
			data, err = nil, fmt.Errorf("the agent failed in the middle of %s: %v", cmd.Kind, p)
		}
	}()
	h := u.opts.Handlers[cmd.Kind]
	if h == nil {
		return nil, fmt.Errorf("this agent does not know the command %q: it may be older than the control plane", cmd.Kind)
	}
	return h(ctx, u, cmd, t)
}

// named returns whose service a command's data is about, and the releases and servers it names.
func named(data any) (wire.Owner, []string, error) {
	switch d := data.(type) {
	case wire.Build:
		return d.Owner, nil, nil
	case wire.Start:
		return d.Owner, []string{d.Release}, nil
	case wire.Health:
		return d.Owner, []string{d.Release}, nil
	case wire.Route:
		ids := d.Shares.Releases()
		for _, p := range d.Peers {
			ids = append(ids, p.Server)
		}
		return d.Owner, ids, nil
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
