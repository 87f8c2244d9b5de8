package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/syntra-dev/syntra/agent/identity"
	"github.com/syntra-dev/syntra/agent/wire"
)

const (
	writeTimeout   = 20 * time.Second
	pingTimeout    = 10 * time.Second
	welcomeTimeout = 20 * time.Second
)

// Session is one connection to the hub.
type Session struct {
	conn     *websocket.Conn
	token    string // that the hub accepted
	ctx      context.Context
	cancel   context.CancelCauseFunc
	identity *identity.Identity
	// Skew of our clock, ahead of the hub's.
	Skew time.Duration
	// Since is when it began.
	Since time.Time
}

// Send writes one frame; a failure ends the session.
func (s *Session) Send(frameType string, v any) error {
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

// Context ends with the session.
func (s *Session) Context() context.Context { return s.ctx }

// talk runs a connection from its Hello to its end, and returns why it ended.
func (d *Dialer) talk(ctx context.Context, conn *websocket.Conn, token string) error {
	defer conn.CloseNow()
	sctx, cancel := context.WithCancelCause(ctx)
	defer cancel(errors.New("the connection ended"))
	s := &Session{conn: conn, token: token, ctx: sctx, cancel: cancel, identity: d.Plane.Identity, Since: time.Now()}
	if err := s.Send(wire.TypeHello, d.Handler.Hello(sctx)); err != nil {
		return err
	}
	welcome, err := s.welcome()
	if err != nil {
		return refusedBy(err)
	}
	if !welcome.At.IsZero() {
		s.Skew = time.Since(welcome.At)
	}
	if err := s.keepCredential(welcome); err != nil {
		return err
	}
	d.Logger.Info("agent: connected", "url", d.Plane.URL, "server", welcome.ServerID)
	conversation := d.Handler.Welcome(s, welcome)
	period := time.Duration(max(1, welcome.HeartbeatSeconds)) * time.Second
	var helpers sync.WaitGroup
	helpers.Go(func() { s.ping(period) })
	helpers.Go(conversation.Talk)
	err = s.read(conversation)
	if ctx.Err() != nil {
		_ = conn.Close(websocket.StatusGoingAway, "the agent is shutting down") // it ends either way
	}
	cancel(err)
	helpers.Wait()
	conversation.End()
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

func (s *Session) welcome() (wire.Welcome, error) {
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

// keepCredential keeps a new credential, and says so only once it is on disk.
func (s *Session) keepCredential(w wire.Welcome) error {
	if w.Credential == "" {
		return nil
	}
	if err := s.identity.Rotate(w.Credential, s.token); err != nil {
		return fmt.Errorf("keep the new credential: %w", err)
	}
	return s.Send(wire.TypeCredentialSet, wire.CredentialSet{})
}

func (s *Session) frame(ctx context.Context) (wire.Frame, error) {
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
func (s *Session) read(to Conversation) error {
	for {
		f, err := s.frame(s.ctx)
		if err != nil {
			return err
		}
		if f.Type == wire.TypeWelcome { // again: it has a new credential
			var w wire.Welcome
			if w, err = wire.Decode[wire.Welcome](f); err == nil {
				err = s.keepCredential(w)
			}
		} else {
			err = to.Frame(f)
		}
		if err != nil {
			return err
		}
	}
}

// ping finds a dead link: TCP alone may take a quarter of an hour to notice.
func (s *Session) ping(period time.Duration) {
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
