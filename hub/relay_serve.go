package hub

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
)

const (
	reasonOffline   = "offline"
	reasonElsewhere = "elsewhere"
)

// InternalHandler serves what is below InternalPath: commands that other replicas run through this one's agents, and
// source archives that only this replica has. It takes only tickets
// that are signed with this replica's key, so that it may share an address with the API; a proxy in front need not, and
// better does not, pass /internal/ on.
func (h *Hub) InternalHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+RelayPath, h.serveRelay)
	mux.HandleFunc("GET "+relayUploadPath+"{org}/{id}", h.serveRelayedUpload)
	return mux
}

func (h *Hub) serveRelay(w http.ResponseWriter, r *http.Request) {
	t, err := h.turnstile.check(r.Header.Get(ticketHeader), time.Now())
	if err != nil {
		h.log.Warn("hub: refused a command from another replica", "address", r.RemoteAddr, "error", err)
		writeProblem(w, err)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:    []string{relayProtocol},
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(relayFrame)
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context())) // the connection's own end counts
	defer cancel()
	command, err := readCommand(ctx, conn, t.Digest)
	if err != nil {
		h.log.Warn("hub: a command from another replica is malformed", "replica", t.From, "error", err)
		_ = conn.Close(websocket.StatusPolicyViolation, "the command is not the ticket's")
		return
	}
	h.log.Info("exec for another replica", "replica", t.From, "server", command.ServerID,
		"organization", command.Exec.Owner.Organization, "service", command.Exec.Owner.Service)

	in := newRelayBuffer(func(n int) { _ = writeAck(ctx, conn, n) }) // a failure ends the Read below
	go func() {
		// The other replica hangs up to cancel.
		defer cancel()
		_ = h.recovered(func() error { return in.fill(ctx, conn) }) // Read returns it
		in.fail(io.ErrUnexpectedEOF)
	}()
	stdout, stderr := relayWriter{ctx, conn, relayStdout}, relayWriter{ctx, conn, relayStderr}
	exit, err := h.execHere(ctx, command.ServerID, command.Exec, in, stdout, stderr)
	data, err := json.Marshal(outcomeOf(exit, err))
	if err != nil {
		return
	}
	if _, err := (relayWriter{ctx, conn, relayExit}).Write(data); err == nil {
		_ = conn.Close(websocket.StatusNormalClosure, "")
	}
}

func readCommand(ctx context.Context, conn *websocket.Conn, digest []byte) (relayCommand, error) {
	ctx, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	var c relayCommand
	_, data, err := conn.Read(ctx)
	if err != nil {
		return c, err
	}
	if sum := sha256.Sum256(data); subtle.ConstantTimeCompare(sum[:], digest) != 1 {
		return c, errors.New("its digest is not the ticket's")
	}
	return c, json.Unmarshal(data, &c)
}

func outcomeOf(exit int, err error) relayOutcome {
	if err == nil {
		return relayOutcome{ExitCode: exit}
	}
	o := relayOutcome{Error: err.Error(), Reason: string(domain.CodeOf(err))}
	switch {
	case errors.Is(err, ErrOffline):
		o.Reason = reasonOffline
	case errors.Is(err, ErrElsewhere):
		o.Reason = reasonElsewhere
	}
	return o
}

// relayWriter sends what the command prints on one channel.
type relayWriter struct {
	ctx     context.Context
	conn    *websocket.Conn
	channel byte
}

func (w relayWriter) Write(p []byte) (int, error) {
	if err := w.conn.Write(w.ctx, websocket.MessageBinary, append([]byte{w.channel}, p...)); err != nil {
		return 0, err
	}
	return len(p), nil
}

func writeAck(ctx context.Context, conn *websocket.Conn, n int) error {
	return conn.Write(ctx, websocket.MessageBinary, binary.BigEndian.AppendUint32([]byte{relayAck}, uint32(n)))
}

// relayBuffer holds the input that came and that the command has not taken: at most the window.
type relayBuffer struct {
	taken func(n int)

	mu    sync.Mutex
	ready *sync.Cond
	data  bytes.Buffer
	err   error // after data
}

func newRelayBuffer(taken func(n int)) *relayBuffer {
	b := &relayBuffer{taken: taken}
	b.ready = sync.NewCond(&b.mu)
	return b
}

// fill reads the connection until it ends. It never waits for the command, so that it hears of the end at once.
func (b *relayBuffer) fill(ctx context.Context, conn *websocket.Conn) error {
	for {
		_, message, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if len(message) == 0 || message[0] != relayInput {
			continue
		}
		if len(message) == 1 {
			b.fail(io.EOF)
			continue
		}
		b.mu.Lock()
		b.data.Write(message[1:])
		over := b.data.Len() > wire.ExecWindow
		b.ready.Broadcast()
		b.mu.Unlock()
		if over {
			return errors.New("hub: the other replica sends input without waiting")
		}
	}
}

// Read implements io.Reader.
func (b *relayBuffer) Read(p []byte) (int, error) {
	b.mu.Lock()
	for b.data.Len() == 0 && b.err == nil {
		b.ready.Wait()
	}
	if b.data.Len() == 0 {
		defer b.mu.Unlock()
		return 0, b.err
	}
	n, err := b.data.Read(p)
	b.mu.Unlock()
	b.taken(n)
	return n, err
}

// fail ends the input after what came.
func (b *relayBuffer) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	b.ready.Broadcast()
}
