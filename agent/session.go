package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/syntra-dev/syntra/agent/host"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/authority"
)

const (
	writeTimeout   = 20 * time.Second
	pingTimeout    = 10 * time.Second
	welcomeTimeout = 20 * time.Second
	// maxUnacked outcomes go with a Hello; the rest is answered when their commands come again.
	maxUnacked = 1000
)

// session is one connection to the hub.
type session struct {
	conn     *websocket.Conn
	token    string // that the hub accepted
	ctx      context.Context
	cancel   context.CancelCauseFunc
	logsAcks chan uint64
	skew     time.Duration // of our clock, ahead of the hub's
	since    time.Time

	mu    sync.Mutex
	execs map[string]*execution
}

// send writes one frame; a failure ends the session.
func (s *session) send(frameType string, v any) error {
	data, err := wire.Encode(frameType, v)
	if err != nil {
		return err
	}
	if len(data) > wire.MaxFrame {
		return fmt.Errorf("a %s of %d bytes is over the limit of %d", frameType, len(data), wire.MaxFrame)
	}
	ctx, cancel := context.WithTimeout(s.ctx, writeTimeout)
	defer cancel()
	if err := s.conn.Write(ctx, websocket.MessageText, data); err != nil {
		err = fmt.Errorf("send %s: %w", frameType, err)
		s.cancel(err)
		return err
	}
	return nil
}

// talk runs a connection from its Hello to its end, and answers why it ended.
func (a *Agent) talk(ctx context.Context, conn *websocket.Conn, token string) error {
	defer conn.CloseNow()
	sctx, cancel := context.WithCancelCause(ctx)
	defer cancel(errors.New("the connection ended"))
	s := &session{conn: conn, token: token, ctx: sctx, cancel: cancel, logsAcks: make(chan uint64, 8), execs: map[string]*execution{}, since: time.Now()}
	if err := s.send(wire.TypeHello, a.hello(sctx)); err != nil {
		return err
	}
	welcome, err := s.welcome()
	if err != nil {
		return refusedBy(err)
	}
	if !welcome.At.IsZero() {
		s.skew = time.Since(welcome.At)
	}
	if err := a.welcomed(s, welcome); err != nil {
		return err
	}
	a.serverID.Store(&welcome.ServerID)
	a.name.Store(&authority.Name{Organization: welcome.Organization, Server: welcome.ServerID})
	a.session.Store(s)
	a.signing.look()
	defer a.session.CompareAndSwap(s, nil)
	a.log.Info("agent: connected", "url", a.opts.URL, "server", welcome.ServerID)
	period := time.Duration(max(1, welcome.HeartbeatSeconds)) * time.Second
	var helpers sync.WaitGroup
	for _, f := range []func(){func() { a.beat(s, period) }, func() { s.ping(period) }, func() { a.ship(s) }, func() { a.tellHoldings(s) }} {
		helpers.Add(1)
		go func() { defer helpers.Done(); f() }()
	}
	err = a.read(s)
	if ctx.Err() != nil {
		_ = conn.Close(websocket.StatusGoingAway, "the agent is shutting down") // it ends either way
	}
	cancel(err)
	helpers.Wait()
	s.endExecutions()
	if cause := context.Cause(sctx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return refusedBy(err)
}

// refusedBy makes a refusal of a connection that the hub closed for a reason of its own.
func refusedBy(err error) error {
	var closed websocket.CloseError
	if errors.As(err, &closed) && closed.Code == websocket.StatusPolicyViolation && !strings.Contains(closed.Reason, "restarting") {
		return &refusal{detail: closed.Reason}
	}
	return err
}

func (a *Agent) hello(ctx context.Context) wire.Hello {
	facts := host.Describe(ctx)
	h := wire.Hello{
		Protocol: wire.Version, AgentVersion: a.opts.Version, Instance: a.identity.Instance(),
		Hostname: facts.Hostname, OS: facts.OS, Arch: facts.Arch, Cores: facts.Cores, MemoryBytes: facts.MemoryBytes,
		Instances: a.instances(), Unacked: a.journal.Unacked(maxUnacked),
	}
	for _, rt := range a.opts.Runtimes {
		h.Runtimes = append(h.Runtimes, rt.Name())
	}
	edge := a.edgePort.get(ctx, a.opts.Edge)
	h.EdgeHTTP, h.EdgeHTTPS, h.PeerAddress = edge.HTTPPort, edge.HTTPSPort, a.peerAddress(edge.Peer.Port)
	return h
}

func (s *session) welcome() (wire.Welcome, error) {
	ctx, cancel := context.WithTimeout(s.ctx, welcomeTimeout)
	defer cancel()
	f, err := s.frame(ctx)
	if err != nil {
		return wire.Welcome{}, fmt.Errorf("no welcome: %w", err)
	}
	if f.Type != wire.TypeWelcome {
		return wire.Welcome{}, fmt.Errorf("the hub began with %.30q", f.Type)
	}
	return wire.Decode[wire.Welcome](f)
}

// welcomed keeps a new credential, and says so only once it is on disk.
func (a *Agent) welcomed(s *session, w wire.Welcome) error {
	if w.Credential == "" {
		return nil
	}
	if err := a.identity.Rotate(w.Credential, s.token); err != nil {
		return fmt.Errorf("keep the new credential: %w", err)
	}
	return s.send(wire.TypeCredentialSet, wire.CredentialSet{})
}

func (s *session) frame(ctx context.Context) (wire.Frame, error) {
	_, data, err := s.conn.Read(ctx)
	if err != nil {
		return wire.Frame{}, err
	}
	var f wire.Frame
	if err := json.Unmarshal(data, &f); err != nil {
		return f, fmt.Errorf("the hub sent no frame: %w", err)
	}
	return f, nil
}

// read takes the hub's frames in until the session ends. Nothing here waits for work.
func (a *Agent) read(s *session) error {
	for {
		f, err := s.frame(s.ctx)
		if err == nil {
			err = a.frame(s, f)
		}
		if err != nil {
			return err
		}
	}
}

// frame handles one message. Unknown types are skipped, so that the hub may be newer.
func (a *Agent) frame(s *session, f wire.Frame) error {
	switch f.Type {
	case wire.TypeCommand:
		return with(f, func(c wire.Command) { a.command(s, c) })
	case wire.TypeCancel:
		return with(f, func(c wire.Cancel) { a.cancelCommand(c.ID) })
	case wire.TypeResultAck:
		return with(f, a.acked)
	case wire.TypeLogsAck:
		return with(f, s.logsAcked)
	case wire.TypeExecInput:
		return with(f, s.execInput)
	case wire.TypeExecAck:
		return with(f, s.execAck)
	case wire.TypePeerCertificate:
		return with(f, func(c wire.PeerCertificate) { a.spawn(func() { a.certified(c) }) })
	case wire.TypeReconcile:
		return with(f, func(r wire.Reconcile) { a.spawn(func() { a.reconcile(a.life, r) }) })
	case wire.TypeWelcome:
		w, err := wire.Decode[wire.Welcome](f)
		if err != nil {
			return err
		}
		return a.welcomed(s, w)
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

// ping finds a dead link: TCP alone may take a quarter of an hour to notice.
func (s *session) ping(period time.Duration) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(s.ctx, pingTimeout)
		err := s.conn.Ping(ctx)
		cancel()
		if err != nil {
			s.cancel(fmt.Errorf("the control plane does not answer: %w", err))
			_ = s.conn.CloseNow() // it is dead
			return
		}
	}
}
