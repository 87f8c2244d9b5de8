package exec

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/syntra-dev/syntra/agent/wire"
)

// Streams are the executions of one session. They are safe for concurrent use.
type Streams struct {
	send func(frameType string, v any) error

	mu    sync.Mutex
	execs map[string]*execution
}

// NewStreams makes them for a session. A failure of send is the session's end.
func NewStreams(send func(frameType string, v any) error) *Streams {
	return &Streams{send: send, execs: map[string]*execution{}}
}

// execution is the streams of one exec. It lives and dies with its streams.
type execution struct {
	id      string
	streams *Streams
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

// maxExecs is how many commands run over one session at a time.
const maxExecs = 256

// Open makes the streams of a command, before any of its input is taken in. It makes none where too many are open.
func (s *Streams) Open(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.execs[id] != nil || len(s.execs) >= maxExecs {
		return
	}
	x := &execution{id: id, streams: s, credit: wire.ExecWindow}
	x.ready = sync.NewCond(&x.mu)
	s.execs[id] = x
}

// Close ends the streams of a command that is over. What still comes for them is dropped.
func (s *Streams) Close(id string) {
	s.mu.Lock()
	x := s.execs[id]
	delete(s.execs, id)
	s.mu.Unlock()
	if x != nil {
		x.end()
	}
}

// of returns the streams of a command; nil where none are open.
func (s *Streams) of(id string) *execution {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.execs[id]
}

func (x *execution) bind(cancel context.CancelFunc) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.cancel = cancel
	if x.over {
		cancel()
	}
}

// end ends the command too, if it still runs.
func (x *execution) end() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.over = true
	if x.cancel != nil {
		x.cancel()
	}
	x.ready.Broadcast()
}

// End ends what hung on a session that is gone.
func (s *Streams) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.execs {
		x.end()
	}
}

// Input takes in what the hub sends for a command.
func (s *Streams) Input(in wire.ExecInput) {
	x := s.of(in.ID)
	if x == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(in.Data) > 0 && x.queued < 2*wire.ExecWindow {
		x.input, x.queued = append(x.input, in.Data), x.queued+len(in.Data)
	}
	x.eof = x.eof || in.EOF
	x.ready.Broadcast()
}

// Ack takes in that the hub's reader has taken output.
func (s *Streams) Ack(ack wire.ExecAck) {
	x := s.of(ack.ID)
	if x == nil || ack.Bytes < 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.credit = min(x.credit+ack.Bytes, wire.ExecWindow)
	x.ready.Broadcast()
}

// input is the command's standard input.
type input struct{ x *execution }

func (r input) Read(p []byte) (int, error) {
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
	return n, x.streams.send(wire.TypeExecAck, wire.ExecAck{ID: x.id, Bytes: n})
}

// output is one of its outputs.
type output struct {
	x      *execution
	stderr bool
}

// outputChunk is how much goes in one message, in bytes.
const outputChunk = 32 << 10

func (w output) Write(p []byte) (written int, err error) {
	for len(p) > 0 {
		n := min(len(p), outputChunk)
		if !w.x.spend(n) {
			return written, errInputEnded
		}
		if err := w.x.streams.send(wire.TypeExecOutput, wire.ExecOutput{ID: w.x.id, Stderr: w.stderr, Data: p[:n]}); err != nil {
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
