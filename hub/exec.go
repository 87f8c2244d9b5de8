package hub

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
)

// execChunk is how much of the input goes in one message, in bytes.
const execChunk = 32 << 10

// execStream is one Exec's ends on a link.
type execStream struct {
	mu     sync.Mutex
	ready  *sync.Cond
	queue  []wire.ExecOutput
	queued int   // bytes in queue
	credit int   // input bytes that may still be sent
	broken error // why it cannot go on
	ended  bool  // the agent has sent the outcome: what is queued is all
}

func newExecStream() *execStream {
	s := &execStream{credit: wire.ExecWindow}
	s.ready = sync.NewCond(&s.mu)
	return s
}

// Exec runs a command in a replica on the server, with its input and outputs, and returns its exit code. When another
// replica of the platform has the agent, the command runs through that one. It ends with the connection or ctx. stdin may
// be nil.
func (h *Hub) Exec(ctx context.Context, serverID string, exec wire.Exec, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	err := h.here(ctx, serverID)
	switch {
	case errors.Is(err, ErrElsewhere):
		return h.execElsewhere(ctx, serverID, exec, stdin, stdout, stderr)
	case err != nil:
		return 0, err
	}
	return h.execHere(ctx, serverID, exec, stdin, stdout, stderr)
}

// execHere runs a command through an agent that is connected to this replica.
func (h *Hub) execHere(ctx context.Context, serverID string, exec wire.Exec, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	if err := h.here(ctx, serverID); err != nil {
		return 0, err
	}
	l, _ := h.linkOf(serverID)
	if l == nil {
		return 0, ErrOffline
	}
	data, err := json.Marshal(exec)
	if err != nil {
		return 0, fmt.Errorf("hub: exec: %w", err)
	}
	id := "exec/" + rand.Text()
	s := newExecStream()
	l.addExec(id, s)
	defer l.removeExec(id)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopLink := context.AfterFunc(l.ctx, func() {
		s.fail(fmt.Errorf("hub: the connection to the agent was lost: %w", context.Cause(l.ctx)))
		cancel()
	})
	defer stopLink()
	if stdin == nil {
		stdin = eofReader{}
	}
	printed := make(chan error, 1)
	run := func(f func() error) error { // a panic ends the command on the agent too
		err := h.recovered(f)
		if errors.Is(err, errPanicked) {
			s.fail(err)
			cancel()
		}
		return err
	}
	go func() { printed <- run(func() error { return s.print(l, id, stdout, stderr) }) }()
	// The command goes first: agents take no input for what they do not know. The feed ends with the stream; a Read that
	// hangs ends with the caller's reader.
	feed := func() { _ = run(func() error { s.feed(l, id, stdin); return nil }) } // the stream has the error

	cmd := wire.Command{ID: id, Kind: wire.KindExec, Data: data}
	if deadline, ok := ctx.Deadline(); ok {
		cmd.Deadline = deadline
	}
	began := time.Now()
	res, err := h.do(ctx, serverID, cmd, nil, func() { go feed() })
	h.metrics.command(cmd.Kind, res, err, time.Since(began))
	if err != nil {
		s.fail(err)
		<-printed
		return 0, s.cause(err)
	}
	s.end()
	if err := <-printed; err != nil {
		return 0, err
	}
	if res.Error != nil {
		return 0, fmt.Errorf("exec: %s", res.Error.Message)
	}
	var done wire.Executed
	if err := json.Unmarshal(res.Data, &done); err != nil {
		return 0, fmt.Errorf("hub: exec outcome: %w", err)
	}
	return done.ExitCode, nil
}

// print writes outputs as they come. A slow writer holds up the stream through the window, not the connection.
func (s *execStream) print(l *link, id string, stdout, stderr io.Writer) error {
	for {
		s.mu.Lock()
		for len(s.queue) == 0 && s.broken == nil && !s.ended {
			s.ready.Wait()
		}
		if len(s.queue) == 0 {
			err := s.broken
			s.mu.Unlock()
			return err
		}
		out := s.queue[0]
		s.queue = s.queue[1:]
		s.queued -= len(out.Data)
		s.mu.Unlock()
		w := stdout
		if out.Stderr {
			w = stderr
		}
		if _, err := w.Write(out.Data); err != nil {
			err = fmt.Errorf("hub: exec output: %w", err)
			s.fail(err)
			_ = l.send(wire.TypeCancel, wire.Cancel{ID: id}) // nobody reads: end it
			return err
		}
		_ = l.send(wire.TypeExecAck, wire.ExecAck{ID: id, Bytes: len(out.Data)}) // a failure ends the link
	}
}

// feed sends the input as far as the window allows.
func (s *execStream) feed(l *link, id string, stdin io.Reader) {
	buf := make([]byte, execChunk)
	for {
		n, err := stdin.Read(buf)
		if n > 0 {
			if !s.spend(n) || l.send(wire.TypeExecInput, wire.ExecInput{ID: id, Data: buf[:n]}) != nil {
				return
			}
		}
		if err != nil {
			_ = l.send(wire.TypeExecInput, wire.ExecInput{ID: id, EOF: true})
			return
		}
	}
}

// spend waits for n bytes of credit; false when the stream is over.
func (s *execStream) spend(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.credit < n && s.broken == nil && !s.ended {
		s.ready.Wait()
	}
	s.credit -= n
	return s.broken == nil && !s.ended
}

// refund gives credit back for n bytes that were taken.
func (s *execStream) refund(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.credit = min(s.credit+n, wire.ExecWindow)
	s.ready.Broadcast()
}

func (s *execStream) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.broken = err
	}
	s.ready.Broadcast()
}

func (s *execStream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.ready.Broadcast()
}

// cause returns why the stream broke, or err.
func (s *execStream) cause(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	return err
}

func (l *link) addExec(id string, s *execStream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.execs[id] = s
}

func (l *link) removeExec(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.execs, id)
}

func (l *link) exec(id string) *execStream {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.execs[id]
}

func (l *link) execOutput(out wire.ExecOutput) {
	s := l.exec(out.ID)
	if s == nil {
		return
	}
	s.mu.Lock()
	s.queue, s.queued = append(s.queue, out), s.queued+len(out.Data)
	over := s.queued > 2*wire.ExecWindow
	s.ready.Broadcast()
	s.mu.Unlock()
	if over {
		s.fail(errors.New("hub: the agent sends output without waiting"))
	}
}

func (l *link) execAck(ack wire.ExecAck) {
	s := l.exec(ack.ID)
	if s == nil || ack.Bytes < 0 {
		return
	}
	s.refund(ack.Bytes)
}

// endExecs breaks all streams of a link that ended.
func (l *link) endExecs() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.execs {
		s.fail(fmt.Errorf("hub: the connection to the agent was lost: %w", context.Cause(l.ctx)))
	}
}

type eofReader struct{}

func (eofReader) Read([]byte) (int, error) { return 0, io.EOF }
