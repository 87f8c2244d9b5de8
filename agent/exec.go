package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
)

// execution is the streams of one exec. It lives and dies with its session.
type execution struct {
	id      string
	session *session
	cancel  context.CancelFunc

	mu     sync.Mutex
	ready  *sync.Cond
	input  [][]byte
	queued int  // bytes in input
	eof    bool // no more input comes
	credit int  // output bytes that may still be sent
	over   bool
}

// errInputEnded ends a Read of a stream that is over.
var errInputEnded = errors.New("exec: the stream is over")

// exec runs a command in a replica.
func (a *Agent) exec(ctx context.Context, t *task, e wire.Exec) (wire.Executed, error) {
	if len(e.Argv) == 0 {
		return wire.Executed{}, errors.New("exec needs a command")
	}
	r, err := a.execTarget(ctx, e)
	if err != nil {
		return wire.Executed{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	x := t.session.execution(t.id)
	x.bind(cancel)
	defer x.close()
	code, err := r.rt.Exec(ctx, r.Name, e.Argv, execInput{x}, execOutput{x, false}, execOutput{x, true})
	if err != nil {
		return wire.Executed{}, fmt.Errorf("exec in replica %d: %w", r.Labels.Replica, err)
	}
	return wire.Executed{ExitCode: code}, nil
}

// execTarget finds the replica by name, or the live release's first that runs.
func (a *Agent) execTarget(ctx context.Context, e wire.Exec) (replica, error) {
	release := ""
	if svc, known := a.state.Service(e.Owner.Service); known && e.Instance == "" {
		release = svc.Split.Live()
	}
	list, err := a.replicasOf(ctx, e.Owner.Service, release)
	if err != nil {
		return replica{}, err
	}
	i := slices.IndexFunc(list, func(r replica) bool {
		return r.State == runtime.Running && (e.Instance == "" || r.Name == e.Instance)
	})
	if i < 0 {
		return replica{}, errors.New("exec: no such replica runs on this server")
	}
	return list[i], nil
}

// execution answers the streams of an exec, making them when its first input is faster than the command itself.
func (s *session) execution(id string) *execution {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.execs[id]
	if x == nil {
		x = &execution{id: id, session: s, credit: wire.ExecWindow}
		x.ready = sync.NewCond(&x.mu)
		s.execs[id] = x
	}
	return x
}

func (x *execution) bind(cancel context.CancelFunc) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.cancel = cancel
	if x.over {
		cancel()
	}
}

// close ends the streams and forgets them.
func (x *execution) close() {
	x.mu.Lock()
	x.over = true
	x.ready.Broadcast()
	x.mu.Unlock()
	x.session.mu.Lock()
	delete(x.session.execs, x.id)
	x.session.mu.Unlock()
}

// endExecutions ends what hung on a session that is gone.
func (s *session) endExecutions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.execs {
		x.mu.Lock()
		x.over = true
		if x.cancel != nil {
			x.cancel()
		}
		x.ready.Broadcast()
		x.mu.Unlock()
	}
}

// maxExecs bounds streams whose command never comes.
const maxExecs = 256

func (s *session) execInput(in wire.ExecInput) {
	s.mu.Lock()
	full := s.execs[in.ID] == nil && len(s.execs) >= maxExecs
	s.mu.Unlock()
	if full {
		return
	}
	x := s.execution(in.ID)
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(in.Data) > 0 && x.queued < 2*wire.ExecWindow {
		x.input, x.queued = append(x.input, in.Data), x.queued+len(in.Data)
	}
	x.eof = x.eof || in.EOF
	x.ready.Broadcast()
}

func (s *session) execAck(ack wire.ExecAck) {
	s.mu.Lock()
	x := s.execs[ack.ID]
	s.mu.Unlock()
	if x == nil || ack.Bytes < 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.credit = min(x.credit+ack.Bytes, wire.ExecWindow)
	x.ready.Broadcast()
}

// execInput is the command's standard input.
type execInput struct{ x *execution }

func (r execInput) Read(p []byte) (int, error) {
	x := r.x
	x.mu.Lock()
	defer x.mu.Unlock()
	for len(x.input) == 0 && !x.eof && !x.over {
		x.ready.Wait()
	}
	switch {
	case x.over:
		return 0, errInputEnded
	case len(x.input) == 0:
		return 0, io.EOF
	}
	n := copy(p, x.input[0])
	if x.input[0] = x.input[0][n:]; len(x.input[0]) == 0 {
		x.input = x.input[1:]
	}
	x.queued -= n
	return n, x.session.send(wire.TypeExecAck, wire.ExecAck{ID: x.id, Bytes: n})
}

// execOutput is one of its outputs.
type execOutput struct {
	x      *execution
	stderr bool
}

// outputChunk is how much goes in one message, in bytes.
const outputChunk = 32 << 10

func (w execOutput) Write(p []byte) (written int, err error) {
	for len(p) > 0 {
		n := min(len(p), outputChunk)
		if !w.x.spend(n) {
			return written, errInputEnded
		}
		if err := w.x.session.send(wire.TypeExecOutput, wire.ExecOutput{ID: w.x.id, Stderr: w.stderr, Data: p[:n]}); err != nil {
			return written, err
		}
		written, p = written+n, p[n:]
	}
	return written, nil
}

// spend waits until the hub's reader has taken enough; false when the stream is over.
func (x *execution) spend(n int) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	for x.credit < n && !x.over {
		x.ready.Wait()
	}
	x.credit -= n
	return !x.over
}
