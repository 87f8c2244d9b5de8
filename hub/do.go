package hub

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
)

// cancelWait is how long Do waits for the agent to say that a cancelled command has ended.
const cancelWait = 10 * time.Second

// cancelKept is how long a Cancel waits for an agent that is away.
const cancelKept = 10 * time.Minute

// elsewherePeriod is how often a waiting Do looks whether its agent has gone to another replica.
const elsewherePeriod = 3 * time.Second

// errClosing ends callers when this replica does: the command goes on, and whoever asks again joins it.
var errClosing = errors.New("hub: this replica is shutting down: ask again")

// pending is a command under way. Several callers may wait for the one outcome.
type pending struct {
	server    string
	command   wire.Command
	done      chan struct{} // closed when result is there
	result    wire.Result
	waiters   int
	cancelled bool

	mu    sync.Mutex
	notes map[int]func(string)
	next  int
}

func (p *pending) listen(note func(string)) (stop func()) {
	if note == nil {
		return func() {}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.next
	p.next++
	p.notes[n] = note
	return func() { p.mu.Lock(); delete(p.notes, n); p.mu.Unlock() }
}

func (p *pending) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.notes {
		f(text)
	}
}

// Do carries a command to the server's agent and waits for its one outcome. Breaks of the connection in between are
// survived: the command goes out again under its id, and the agent joins the running one or answers from its journal.
//
// It answers ErrOffline or ErrElsewhere at once when the agent is not here at the start, ErrElsewhere when it moves to
// another replica meanwhile, and ctx's error when ctx ends. Ending ctx by cancelling (not by its deadline, and not while
// the hub shuts down) also ends the command on the agent. note hears of progress, one call at a time; it may be nil and
// must not block.
func (h *Hub) Do(ctx context.Context, serverID string, cmd wire.Command, note func(string)) (wire.Result, error) {
	began := time.Now()
	res, err := h.do(ctx, serverID, cmd, note, func() {})
	h.metrics.command(cmd.Kind, res, err, time.Since(began))
	return res, err
}

// do is Do; sent is called when the command has gone out.
func (h *Hub) do(
	ctx context.Context,
	serverID string,
	cmd wire.Command,
	note func(string),
	sent func(),
) (wire.Result, error) {
	if cmd.ID == "" {
		return wire.Result{}, errors.New("hub: a command needs an id")
	}
	if err := h.here(ctx, serverID); err != nil {
		return wire.Result{}, err
	}
	p, first, err := h.join(ctx, serverID, cmd)
	if err != nil {
		return wire.Result{}, err
	}
	stop := p.listen(note)
	defer stop()
	if first {
		if l, _ := h.linkOf(serverID); l != nil {
			if err := l.send(wire.TypeCommand, cmd); err != nil && l.ctx.Err() == nil {
				h.leavePending(p, false)
				return wire.Result{}, err // too big to send: trying again cannot help
			}
		}
	}
	sent()
	look := time.NewTicker(elsewherePeriod)
	defer look.Stop()
	for {
		select {
		case <-p.done:
			h.leavePending(p, false)
			return p.result, nil
		case <-h.over:
			h.leavePending(p, false)
			return wire.Result{}, errClosing
		case <-look.C:
			if err := h.moved(ctx, serverID); err != nil {
				h.leavePending(p, false)
				return wire.Result{}, err
			}
		case <-ctx.Done():
			return h.abandon(ctx, p)
		}
	}
}

// abandon ends the caller's wait, and the command too when its last caller cancelled it. The caller gets ctx's error, and
// never "cancelled" as an outcome: its own end is no fact about the command.
func (h *Hub) abandon(ctx context.Context, p *pending) (wire.Result, error) {
	err := fmt.Errorf("hub: command %s: %w", p.command.ID, ctx.Err())
	if !h.leavePending(p, errors.Is(ctx.Err(), context.Canceled)) {
		return wire.Result{}, err
	}
	if l, _ := h.linkOf(p.server); l == nil || l.send(wire.TypeCancel, wire.Cancel{ID: p.command.ID}) != nil {
		time.AfterFunc(cancelKept, func() { h.forget(p) }) // resend tells the agent if it comes back by then
		return wire.Result{}, err
	}
	defer h.forget(p)
	select {
	case <-p.done:
		if p.result.Error == nil {
			return p.result, nil // it was faster than the Cancel
		}
	case <-time.After(cancelWait):
	}
	return wire.Result{}, err
}

// here returns nil when the server's agent is, or was a moment ago, connected to this replica.
func (h *Hub) here(ctx context.Context, serverID string) error {
	for {
		h.mu.Lock()
		l, changed := h.links[serverID], h.changed
		_, lost := h.lost[serverID]
		h.mu.Unlock()
		switch {
		case l != nil:
			return nil
		case !lost:
			return h.absent(ctx, serverID)
		}
		select {
		case <-changed:
		case <-time.After(h.opts.Heartbeat):
			return h.absent(ctx, serverID)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (h *Hub) absent(ctx context.Context, serverID string) error {
	at, err := Locate(ctx, h.opts.Pool, serverID)
	if err != nil {
		return err
	}
	if at.Online && at.Replica != h.opts.Replica {
		return ErrElsewhere
	}
	return ErrOffline
}

// moved returns ErrElsewhere when the agent has connected to another replica.
func (h *Hub) moved(ctx context.Context, serverID string) error {
	if l, _ := h.linkOf(serverID); l != nil {
		return nil
	}
	if err := h.absent(ctx, serverID); errors.Is(err, ErrElsewhere) {
		return err
	}
	return nil
}

// join finds or makes the pending entry of a command. One that is being cancelled is waited for, so that its end is not
// taken for the outcome of the new try.
func (h *Hub) join(ctx context.Context, serverID string, cmd wire.Command) (p *pending, first bool, err error) {
	for {
		h.mu.Lock()
		p = h.pending[cmd.ID]
		switch {
		case p == nil:
			p = &pending{server: serverID, command: cmd, done: make(chan struct{}), waiters: 1, notes: map[int]func(string){}}
			h.pending[cmd.ID] = p
			h.mu.Unlock()
			return p, true, nil
		case p.server != serverID:
			h.mu.Unlock()
			return nil, false, fmt.Errorf("hub: command %s is under way on another server", cmd.ID)
		case !p.cancelled:
			p.waiters++
			h.mu.Unlock()
			return p, false, nil
		}
		changed := h.changed
		h.mu.Unlock()
		select {
		case <-p.done:
			h.forget(p)
		case <-changed:
		case <-time.After(cancelWait):
			h.forget(p)
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

// leavePending takes one caller away, and reports whether the command is now to be cancelled on the agent.
func (h *Hub) leavePending(p *pending, cancel bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	p.waiters--
	if p.waiters > 0 {
		return false
	}
	if cancel && !h.closing {
		p.cancelled = true
		return true
	}
	if h.pending[p.command.ID] == p {
		delete(h.pending, p.command.ID)
	}
	return false
}

func (h *Hub) forget(p *pending) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pending[p.command.ID] == p {
		delete(h.pending, p.command.ID)
	}
	h.announceChange()
}
