package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/journal"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
)

// commands are those under way.
type commands struct {
	mu      sync.Mutex
	running map[string]*running
}

// running is one of them.
type running struct {
	service string
	cancel  context.CancelCauseFunc
	// cancelled says that its end is no outcome; again is the same command, come anew meanwhile.
	cancelled bool
	again     *wire.Command
}

var errCancelled = errors.New("the command was cancelled")

// task is a command as its handler sees it.
type task struct {
	id   string
	note func(string)
	// again is true when an earlier try of it was cut short by the agent's end.
	again bool
	// session is the connection it came over, for those that live and die with it.
	session *session
}

// alive is how often a running command says that it is.
const alive = 5 * time.Second

// command accepts a command. The outcome goes out when it is there, over whatever connection there is then.
func (a *Agent) command(s *session, cmd wire.Command) {
	a.commands.mu.Lock()
	defer a.commands.mu.Unlock()
	if r := a.commands.running[cmd.ID]; r != nil {
		if r.cancelled {
			r.again = &cmd
		}
		return // its outcome is on the way
	}
	var interrupted bool
	if durable(cmd.Kind) {
		before, known, err := a.journal.Accept(cmd.ID, cmd.Kind)
		switch {
		case err != nil:
			a.log.Error("agent: cannot keep a journal", "error", err)
			a.spawn(func() { a.tell(failure(cmd.ID, fmt.Errorf("the agent cannot write its journal: %w", err))) })
			return
		case known && before.State == journal.Done:
			a.spawn(func() { a.tell(*before.Result) })
			return
		}
		interrupted = known && before.State == journal.Running
	}
	ctx, cancel := context.WithCancelCause(a.life)
	a.commands.running[cmd.ID] = &running{cancel: cancel, service: serviceOf(cmd)}
	a.spawn(func() {
		defer cancel(nil)
		a.execute(ctx, cmd, &task{id: cmd.ID, again: interrupted, session: s})
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
func (a *Agent) execute(ctx context.Context, cmd wire.Command, t *task) {
	if !cmd.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, cmd.Deadline.Add(t.session.skew))
		defer cancel()
	}
	stop := a.keepAlive(t)
	data, err := a.handle(ctx, cmd, t)
	stop()
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
	a.settle(cmd, res, err)
}

// endOf says what a context's end means for a command.
func endOf(ctx context.Context, cmd wire.Command, err error) error {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errCancelled):
		return &runtime.Error{Code: runtime.CodeCancelled, Message: "cancelled"}
	case errors.Is(cause, errShutdown):
		return errShutdown
	case errors.Is(cause, context.DeadlineExceeded) && runtime.CodeOf(err) == "":
		return &runtime.Error{Code: runtime.CodeTimeout, Message: fmt.Sprintf("%s did not end within its time: %v", cmd.Kind, err)}
	}
	return err
}

// settle records the outcome where it is one, and tells it.
func (a *Agent) settle(cmd wire.Command, res wire.Result, err error) {
	a.commands.mu.Lock()
	r := a.commands.running[cmd.ID]
	cancelled := r.cancelled
	a.commands.mu.Unlock()
	if errors.Is(err, errShutdown) {
		return // the journal says "running": it is done anew when it comes again
	}
	// The journal knows before the command stops being a running one: a repeat in between finds one or the other.
	if durable(cmd.Kind) {
		var jerr error
		if lasting(res) && !cancelled {
			jerr = a.journal.Finish(res)
		} else {
			jerr = a.journal.Forget(cmd.ID)
		}
		if jerr != nil {
			a.log.Error("agent: an outcome is not in the journal; its command is done anew if it comes again", "command", cmd.ID, "error", jerr)
		}
	}
	if res.Error != nil {
		a.log.Info("agent: command failed", "command", cmd.ID, "kind", cmd.Kind, "code", res.Error.Code, "cause", res.Error.Message)
	}
	a.commands.mu.Lock()
	delete(a.commands.running, cmd.ID)
	again := r.again
	a.commands.mu.Unlock()
	if again != nil {
		if s := a.session.Load(); s != nil {
			a.command(s, *again)
		}
		return
	}
	a.tell(res)
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
func (a *Agent) tell(res wire.Result) {
	if s := a.session.Load(); s != nil {
		_ = s.send(wire.TypeResult, res) // a failure ends the session, and the journal repeats it
	}
}

func (a *Agent) acked(ack wire.ResultAck) {
	if err := a.journal.Ack(ack.ID); err != nil {
		a.log.Warn("agent: an outcome will be told once more than needed", "error", err)
	}
}

func (a *Agent) cancelCommand(id string) {
	a.commands.mu.Lock()
	defer a.commands.mu.Unlock()
	if r := a.commands.running[id]; r != nil {
		r.cancelled, r.again = true, nil
		r.cancel(errCancelled)
	}
}

// keepAlive repeats the last note, so that the hub knows that the command is under way.
func (a *Agent) keepAlive(t *task) (stop func()) {
	var mu sync.Mutex
	var last string
	progress := func() {
		mu.Lock()
		note := last
		mu.Unlock()
		if s := a.session.Load(); s != nil {
			_ = s.send(wire.TypeProgress, wire.Progress{ID: t.id, Note: note}) // a failure ends the session
		}
	}
	t.note = func(text string) {
		mu.Lock()
		same := last == text
		last = text
		mu.Unlock()
		if !same {
			progress()
		}
	}
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(alive)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				progress()
			}
		}
	}()
	return func() { close(done) }
}
