package hub

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
)

// helloTimeout is how long an admitted agent may take to introduce itself.
const helloTimeout = 15 * time.Second

// serveConnect admits an agent and talks to it until the connection ends.
func (h *Hub) serveConnect(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	closing := h.closing
	if !closing {
		h.wg.Add(1)
	}
	h.mu.Unlock()
	if closing {
		writeProblem(w, domain.Errorf(domain.Unavailable, "the control plane is restarting: try again"))
		return
	}
	defer h.wg.Done()

	c, err := h.admit(r.Context(), r)
	if err != nil {
		h.metrics.refused.Inc()
		if domain.CodeOf(err) == "" {
			h.log.Error("hub: cannot admit an agent", "error", err)
		}
		writeProblem(w, err)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		h.log.Info("hub: an agent asked for something else than a WebSocket", "server", c.server, "error", err)
		return
	}
	conn.SetReadLimit(wire.MaxFrame)
	// The request's context ends with this handler; the link has its own end, so that its cause can be told.
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context()))
	l := &link{caller: c, session: rand.Text(), conn: conn, ctx: ctx, cancel: cancel, logs: make(chan wire.Logs, 4), artifacts: make(chan wire.Artifacts, 1), execs: map[string]*execStream{}}
	defer cancel(errors.New("hub: connection closed"))
	defer conn.CloseNow()
	h.talk(l)
}

// talk runs one connection from its Hello to its end.
func (h *Hub) talk(l *link) {
	hello, err := readHello(l)
	if err != nil {
		h.log.Warn("hub: an agent did not introduce itself properly", "server", l.server, "error", err)
		l.end(err.Error())
		return
	}
	credential, err := h.rows.connect(l.ctx, l.caller, l.session, factsOf(hello))
	if err != nil {
		h.log.Error("hub: cannot record a connection", "server", l.server, "error", err)
		l.end("the control plane cannot record the connection now")
		return
	}
	welcome := wire.Welcome{ServerID: l.server, Organization: l.org, HeartbeatSeconds: h.heartbeatSeconds(), At: time.Now().UTC()}
	if credential.mustRotate(l.hash, h.opts.RotateEvery) {
		welcome.Credential = l.newCredential()
	}
	if err := l.send(wire.TypeWelcome, welcome); err != nil {
		return
	}
	if !h.take(l) {
		l.end("the control plane is restarting")
		return
	}
	h.log.Info("agent connected", "server", l.server, "org", l.org, "host", hello.Hostname, "version", hello.AgentVersion)
	for _, res := range hello.Unacked {
		h.outcome(l, res)
	}
	h.beside(l, h.storeLogs)
	h.beside(l, h.storeArtifacts)
	h.beside(l, h.keepReconciled)
	h.beside(l, h.keepRotated)
	h.resend(l)
	err = h.recovered(func() error { return h.read(l) })
	l.cancel(err)
	l.endExecs()
	if last := h.leave(l); last {
		h.log.Info("agent connection lost", "server", l.server, "cause", context.Cause(l.ctx))
		h.wg.Add(1)
		go func() {
			defer h.wg.Done()
			_ = h.recovered(func() error { h.afterGrace(l); return nil }) // the sweep gives the agent up then
		}()
	}
}

// beside runs a task of one link beside its reader. A panic there ends the link, and no other agent's.
func (h *Hub) beside(l *link, task func(*link)) {
	go func() {
		if err := h.recovered(func() error { task(l); return nil }); err != nil {
			l.cancel(err)
		}
	}()
}

func readHello(l *link) (wire.Hello, error) {
	ctx, cancel := context.WithTimeout(l.ctx, helloTimeout)
	defer cancel()
	f, err := readFrame(ctx, l.conn)
	if err != nil {
		return wire.Hello{}, fmt.Errorf("no hello: %w", err)
	}
	if f.Type != wire.TypeHello {
		return wire.Hello{}, fmt.Errorf("the first message must be %s, not %.30q", wire.TypeHello, f.Type)
	}
	hello, err := wire.Decode[wire.Hello](f)
	switch {
	case err != nil:
		return hello, errors.New("the hello is malformed")
	case hello.Protocol != wire.Version:
		return hello, fmt.Errorf("this control plane speaks protocol %d and the agent %d: install the agent of the same version", wire.Version, hello.Protocol)
	case hello.Instance != l.instance:
		return hello, fmt.Errorf("the hello and the %s header name different installations", wire.InstanceHeader)
	}
	return hello, nil
}

func readFrame(ctx context.Context, conn *websocket.Conn) (wire.Frame, error) {
	_, data, err := conn.Read(ctx)
	if err != nil {
		return wire.Frame{}, err
	}
	var f wire.Frame
	if err := json.Unmarshal(cleaned(data), &f); err != nil {
		return wire.Frame{}, fmt.Errorf("not a frame: %w", err)
	}
	return f, nil
}

// read takes the agent's frames in until the connection ends or is silent for too long.
func (h *Hub) read(l *link) error {
	for {
		ctx, cancel := context.WithTimeout(l.ctx, missedHeartbeats*h.opts.Heartbeat)
		f, err := readFrame(ctx, l.conn)
		silent := ctx.Err() == context.DeadlineExceeded
		cancel()
		if silent {
			return fmt.Errorf("hub: nothing heard for %s", missedHeartbeats*h.opts.Heartbeat)
		}
		if err != nil {
			return err
		}
		if err := h.frame(l, f); err != nil {
			l.end("malformed message")
			return err
		}
	}
}

// frame handles one message. Unknown types are skipped, so that the agent may be newer.
func (h *Hub) frame(l *link, f wire.Frame) error {
	switch f.Type {
	case wire.TypeHeartbeat:
		return with(f, func(hb wire.Heartbeat) { h.heartbeat(l, hb) })
	case wire.TypeCredentialSet:
		h.credentialSet(l)
	case wire.TypeProgress:
		return with(f, func(p wire.Progress) { h.progress(l, p) })
	case wire.TypeResult:
		return with(f, func(r wire.Result) { h.outcome(l, r) })
	case wire.TypeLogs:
		return with(f, l.queueLogs)
	case wire.TypeArtifacts:
		return with(f, l.holds)
	case wire.TypeExecOutput:
		return with(f, l.execOutput)
	case wire.TypePeerCertificateRequest:
		return with(f, func(r wire.PeerCertificateRequest) { h.certify(l, r) })
	case wire.TypeExecAck:
		return with(f, l.execAck)
	}
	return nil
}

func with[T any](f wire.Frame, handle func(T)) error {
	v, err := wire.Decode[T](f)
	if err == nil {
		handle(v)
	}
	return err
}
