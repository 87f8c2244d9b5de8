// Package command carries out what the control plane asks of an agent, each command once: the journal answers a repeated
// command with its first outcome, and one that a crash cut short is done again.
package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/exec"
	"github.com/syntra-dev/syntra/agent/journal"
	"github.com/syntra-dev/syntra/agent/life"
	"github.com/syntra-dev/syntra/agent/lock"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
)

// Options of a Runner. All are required.
type Options struct {
	Journal *journal.Journal
	State   *state.Store
	Locks   *lock.Locks // one writer per service
	Life    *life.Life
	Logger  *slog.Logger
	// Handlers by kind, made by Alone, Beside and For.
	Handlers map[wire.Kind]Handler
	// Changed is called when a service's replicas or routes may have changed.
	Changed func()
	// Send sends over whatever session there is now; false where there is none or it has just ended.
	Send func(frameType string, v any) bool
}

// Runner runs commands.
type Runner struct {
	opts Options
	log  *slog.Logger

	mu      sync.Mutex
	running map[string]*running
}

// New makes a Runner.
func New(o Options) *Runner { return &Runner{opts: o, log: o.Logger, running: map[string]*running{}} }

// running is one of them.
type running struct {
	service string
	cancel  context.CancelCauseFunc
	// cancelled says that its end is no outcome; again is the same command, come anew meanwhile.
	cancelled bool
	again     *repeat
}

// repeat is a command that came again.
type repeat struct {
	from Origin
	cmd  wire.Command
}

var errCancelled = errors.New("the command was cancelled")

// Task is a command as its handler sees it.
type Task struct {
	ID   string
	Note func(string) // says how far it is
	// Again is true when an earlier try of it was cut short by the agent's end.
	Again bool
	// Origin is the session that it came over.
	Origin Origin
}

// Origin is where a command came from.
type Origin struct {
	// Skew of our clock, ahead of the hub's.
	Skew time.Duration
	// Streams of commands that live and die with their session.
	Streams *exec.Streams
}

// Accept accepts a command. The outcome goes out when it is there, over whatever session there is then.
func (u *Runner) Accept(from Origin, cmd wire.Command) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if r := u.running[cmd.ID]; r != nil {
		if r.cancelled {
			r.again = &repeat{from, cmd}
		}
		return // its outcome is on the way
	}
	var interrupted bool
	if durable(cmd.Kind) {
		before, known, err := u.opts.Journal.Accept(cmd.ID, cmd.Kind)
		switch {
		case err != nil:
			u.log.Error("agent: cannot keep a journal", "error", err)
			u.opts.Life.Go(func() { u.tell(failure(cmd.ID, fmt.Errorf("the agent cannot write its journal: %w", err))) })
			return
		case known && before.State == journal.Done:
			u.opts.Life.Go(func() { u.tell(*before.Result) })
			return
		}
		interrupted = known && before.State == journal.Running
	}
	ctx, cancel := context.WithCancelCause(u.opts.Life.Context())
	u.running[cmd.ID] = &running{cancel: cancel, service: serviceOf(cmd)}
	if cmd.Kind == wire.KindExec {
		from.Streams.Open(cmd.ID) // here, and not in its handler: input follows at once
	}
	u.opts.Life.Go(func() {
		defer cancel(nil)
		u.execute(ctx, cmd, &Task{ID: cmd.ID, Again: interrupted, Origin: from})
	})
}

// serviceOf reads whose service a command is about; "" where its data does not say.
func serviceOf(cmd wire.Command) string {
	var d struct {
		Owner wire.Owner `json:"owner"`
	}
	_ = json.Unmarshal(cmd.Data, &d) // its handler tells what is wrong with it
	return d.Owner.Service
}

// durable says whether a command's outcome is kept.
func durable(k wire.Kind) bool {
	return k != wire.KindObserve && k != wire.KindExec && k != wire.KindTail
}

// execute runs a command to its outcome.
func (u *Runner) execute(ctx context.Context, cmd wire.Command, t *Task) {
	if !cmd.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, cmd.Deadline.Add(t.Origin.Skew))
		defer cancel()
	}
	stop := u.keepAlive(t)
	data, err := u.handle(ctx, cmd, t)
	stop()
	if cmd.Kind == wire.KindExec {
		t.Origin.Streams.Close(cmd.ID)
	}
	if err != nil && context.Cause(ctx) != nil {
		err = endOf(ctx, cmd, err)
	}
	res := wire.Result{ID: cmd.ID}
	if err == nil {
		res.Data, err = json.Marshal(data)
	}
	if err != nil {
		res = failure(cmd.ID, err)
	}
	u.settle(cmd, res, err)
}

// endOf says what a context's end means for a command.
func endOf(ctx context.Context, cmd wire.Command, err error) error {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errCancelled):
		return &runtime.Error{Code: runtime.CodeCancelled, Message: "cancelled"}
	case errors.Is(cause, life.ErrShutdown):
		return life.ErrShutdown
	case errors.Is(cause, context.DeadlineExceeded) && runtime.CodeOf(err) == "":
		return &runtime.Error{Code: runtime.CodeTimeout, Message: fmt.Sprintf("%s did not end within its time: %v", cmd.Kind, err)}
	}
	return err
}

// settle records the outcome where it is one, and tells it.
func (u *Runner) settle(cmd wire.Command, res wire.Result, err error) {
	u.mu.Lock()
	r := u.running[cmd.ID]
	cancelled := r.cancelled
	u.mu.Unlock()
	if errors.Is(err, life.ErrShutdown) {
		return // the journal says "running": it is done anew when it comes again
	}
	// The journal knows before the command stops being a running one: a repeat in between finds one or the other.
	if durable(cmd.Kind) {
		var jerr error
		if lasting(res) && !cancelled {
			jerr = u.opts.Journal.Finish(res)
		} else {
			jerr = u.opts.Journal.Forget(cmd.ID)
		}
		if jerr != nil {
			u.log.Error("agent: an outcome is not in the journal; its command is done anew if it comes again", "command", cmd.ID, "error", jerr)
		}
	}
	if res.Error != nil {
		u.log.Info("agent: command failed", "command", cmd.ID, "kind", cmd.Kind, "code", res.Error.Code, "cause", res.Error.Message)
	}
	u.mu.Lock()
	delete(u.running, cmd.ID)
	again := r.again
	u.mu.Unlock()
	if again != nil {
		u.Accept(again.from, again.cmd)
		return
	}
	u.tell(res)
}

// lasting says whether an outcome is the command's for ever. Trouble of the agent's own and cancellations are not: the
// same command sent again is done anew.
func lasting(res wire.Result) bool {
	return res.Error == nil || (res.Error.Code != wire.CodeInternal && res.Error.Code != runtime.CodeCancelled)
}

func failure(id string, err error) wire.Result {
	code := runtime.CodeOf(err)
	if code == "" {
		code = wire.CodeInternal
	}
	return wire.Result{ID: id, Error: &wire.Failure{Code: code, Message: err.Error()}}
}

// tell sends an outcome if there is a connection; else the next Hello carries it.
func (u *Runner) tell(res wire.Result) {
	u.opts.Send(wire.TypeResult, res) // what does not get there is repeated by the journal
}

// Acked takes the hub's word that it has an outcome.
func (u *Runner) Acked(ack wire.ResultAck) {
	if err := u.opts.Journal.Ack(ack.ID); err != nil {
		u.log.Warn("agent: an outcome will be told once more than needed", "error", err)
	}
}

// Cancel ends a command before it has an outcome.
func (u *Runner) Cancel(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if r := u.running[id]; r != nil {
		r.cancelled, r.again = true, nil
		r.cancel(errCancelled)
	}
}

// Owes reports whether commands of a service are under way: their outcome decides what should be.
func (u *Runner) Owes(service string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, r := range u.running {
		if r.service == service {
			return true
		}
	}
	return false
}

// Busy reports whether any command is under way.
func (u *Runner) Busy() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.running) > 0
}

// Interrupt ends all commands under way. They have no outcome, and are done anew when they come again.
func (u *Runner) Interrupt() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, r := range u.running {
		r.cancel(life.ErrShutdown)
	}
}
