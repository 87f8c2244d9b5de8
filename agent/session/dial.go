// Package session keeps a session with the control plane: it dials for ever, greets, and hands on what arrives.
package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/syntra-dev/syntra/agent/plane"
	"github.com/syntra-dev/syntra/agent/wire"
)

const (
	dialTimeout = 20 * time.Second
	// Pauses between tries double from the first to the last.
	firstPause   = 250 * time.Millisecond
	lastPause    = 10 * time.Second
	firstRefusal = time.Second
	lastRefusal  = time.Minute
	// steady is how long a connection must last for the pauses to begin anew.
	steady = 10 * time.Second
)

// refusal is a control plane that answered, and does not want this agent.
type refusal struct {
	status int
	detail string
}

func (r *refusal) Error() string {
	if r.status == 0 {
		return r.detail
	}
	return fmt.Sprintf("refused with %d: %s", r.status, r.detail)
}

// Handler is whose session it is.
type Handler interface {
	// Hello is what a session begins with.
	Hello(ctx context.Context) wire.Hello
	// Welcome begins what hangs on a session that the control plane has accepted.
	Welcome(s *Session, w wire.Welcome) Conversation
}

// Conversation is what hangs on one session.
type Conversation interface {
	// Frame takes a message in, and does not wait for work. Types that it does not know are skipped, so that the hub may be
	// newer. An error ends the session.
	Frame(f wire.Frame) error
	// Talk sends what is to be told, until the session's context ends.
	Talk()
	// End is called when the session is over.
	End()
}

// Dialer connects an agent to its control plane.
type Dialer struct {
	Plane   *plane.Plane
	Handler Handler
	Logger  *slog.Logger
}

// Run dials for ever. It fails only where the control plane's URL is none.
func (d *Dialer) Run(ctx context.Context) error {
	if _, err := d.Plane.Address(wire.ConnectPath); err != nil {
		return err
	}
	if d.Plane.InTheClear() {
		d.Logger.Warn("agent: the connection to the control plane is not encrypted, and secrets go over it: use an https URL", "url", d.Plane.URL)
	}
	var tries int
	for ctx.Err() == nil {
		began := time.Now()
		err := d.connect(ctx)
		if ctx.Err() != nil {
			break
		}
		if time.Since(began) > steady {
			tries = 0
		}
		pause := backoff(tries, firstPause, lastPause)
		var no *refusal
		if errors.As(err, &no) {
			pause = backoff(tries, firstRefusal, lastRefusal)
			d.Logger.Error("agent: the control plane refuses this agent; mend the cause and it connects by itself",
				"url", d.Plane.URL, "cause", no.Error(), "next_try", pause.Round(time.Millisecond))
		} else {
			d.Logger.Warn("agent: not connected; services go on", "url", d.Plane.URL, "cause", err, "next_try", pause.Round(time.Millisecond))
		}
		tries++
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return nil //nolint:nilerr // asked to end
}

// backoff is exponential with jitter over its upper half, so that agents that lost one hub do not return in step.
func backoff(tries int, first, last time.Duration) time.Duration {
	pause := min(first<<min(tries, 16), last)
	return pause/2 + rand.N(pause/2+1)
}

// connect dials with each token until one is accepted, and talks until the connection ends.
func (d *Dialer) connect(ctx context.Context) error {
	tokens := d.Plane.Tokens()
	if len(tokens) == 0 {
		return &refusal{detail: "there is no token: start the agent with --token and a join token from `syn server add`"}
	}
	var err error
	for _, token := range tokens {
		var conn *websocket.Conn
		if conn, err = d.dial(ctx, token); err == nil {
			return d.talk(ctx, conn, token)
		}
		var no *refusal
		if !errors.As(err, &no) || no.status != http.StatusUnauthorized {
			return err
		}
	}
	return err
}

func (d *Dialer) dial(ctx context.Context, token string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	address, err := d.Plane.Address(wire.ConnectPath)
	if err != nil {
		return nil, err
	}
	conn, res, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: d.Plane.HTTP, HTTPHeader: d.Plane.Header(token)})
	if err == nil {
		conn.SetReadLimit(wire.MaxFrame)
		return conn, nil
	}
	if res != nil && res.StatusCode >= 400 && res.StatusCode < 500 {
		return nil, &refusal{status: res.StatusCode, detail: plane.Detail(res)}
	}
	return nil, fmt.Errorf("dial: %w", err)
}
