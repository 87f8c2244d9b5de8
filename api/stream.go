package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
)

// CloseSlow is the WebSocket close code of a client that did not read fast enough: connect again with the last position.
const CloseSlow websocket.StatusCode = 4008

type streamInput struct {
	Position string `query:"position" maxLength:"20" doc:"Resume after this position: what happened since is sent first."`
}

// notice is a message without content: ping, hello or reset.
type notice struct {
	Type     string `json:"type"`
	Position string `json:"position,omitempty"`
}

func (a *API) stream(ctx context.Context, in *streamInput) (*huma.StreamResponse, error) {
	after := eventstore.Position(0)
	if in.Position != "" {
		var err error
		if after, err = eventstore.ParsePosition(in.Position); err != nil {
			return nil, domain.Errorf(domain.Invalid, "position must be one that the stream sent").WithReason("bad_position")
		}
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		c := humagin.Unwrap(hc)
		conn, ok := a.upgrade(c.Writer, c.Request, "")
		if !ok {
			return
		}
		defer conn.CloseNow()
		a.push(c.Request.Context(), conn, identityOf(ctx), after, in.Position != "")
	}}, nil
}

// upgrade returns a problem where the request is no WebSocket's.
func (a *API) upgrade(w http.ResponseWriter, r *http.Request, protocol string) (*websocket.Conn, bool) {
	if r.Header.Get("Upgrade") == "" {
		w.Header().Set("Upgrade", "websocket")
		p := newProblem(r.Context(), http.StatusUpgradeRequired, "websocket", "this route speaks WebSocket: connect with one")
		p.Code = "invalid"
		writeProblem(w, p)
		return nil, false
	}
	opts := &websocket.AcceptOptions{CompressionMode: websocket.CompressionDisabled}
	if protocol != "" {
		opts.Subprotocols = []string{protocol}
	}
	conn, err := websocket.Accept(w, r, opts)
	return conn, err == nil // Accept has answered otherwise
}

// push sends what was missed, then what happens.
func (a *API) push(ctx context.Context, conn *websocket.Conn, who Identity, after eventstore.Position, resume bool) {
	ctx = conn.CloseRead(ctx) // a client has nothing to say here; this also answers its pings
	sight := a.sightOf(ctx, who)
	l := a.feed.join(who.Organization) // before looking back, so that nothing falls between
	defer a.feed.leave(l)
	last, err := a.begin(ctx, conn, sight, after, resume)
	if err != nil {
		_ = conn.Close(websocket.StatusTryAgainLater, "connect again")
		return
	}
	tick := time.NewTicker(a.Breath)
	defer tick.Stop()
	for {
		var message any
		select {
		case <-ctx.Done():
			return
		case <-a.closing:
			_ = conn.Close(websocket.StatusGoingAway, "the platform restarts: connect again")
			return
		case <-l.slow:
			_ = conn.Close(CloseSlow, "too slow: connect again with the last position")
			return
		case <-tick.C:
			if !a.mayStay(ctx, conn, who) {
				return
			}
			message = notice{Type: "ping"}
		case d := <-l.messages:
			if d.position != 0 && d.position <= last {
				continue // was replayed
			}
			if c, ok := d.message.(Change); ok && c.Model == "token" && c.ID == who.TokenID && !a.mayStay(ctx, conn, who) {
				return // at once, and not only with the next breath
			}
			if !sight.sees(ctx, d.message) {
				continue
			}
			message = d.message
		}
		if err := send(ctx, conn, message); err != nil {
			return
		}
	}
}

// mayStay reports whether the connection's token is valid and may do what it might when the connection began. It closes
// the connection of one that may not.
func (a *API) mayStay(ctx context.Context, conn *websocket.Conn, who Identity) bool {
	now, allowed := a.recheck(ctx)
	switch {
	case !allowed:
		_ = conn.Close(websocket.StatusPolicyViolation, "the token was revoked or has expired, or may not follow changes any more")
		return false
	case !sameRights(now, who):
		_ = conn.Close(websocket.StatusTryAgainLater, "your roles have changed: connect again")
		return false
	}
	return true
}

// begin greets the client with the position from which it can resume if it hears no more, and sends what it has missed.
// It answers up to where.
func (a *API) begin(ctx context.Context, conn *websocket.Conn, sight *sight, after eventstore.Position, resume bool) (eventstore.Position, error) {
	if !resume {
		head, err := a.Log.Head(ctx)
		if err != nil {
			return 0, err
		}
		hello := notice{Type: "hello"}
		if a.reached(ctx, head) { // else what the read models still owe would be missed by resuming there
			hello.Position = head.String()
		}
		return 0, send(ctx, conn, hello)
	}
	if err := send(ctx, conn, notice{Type: "hello", Position: after.String()}); err != nil {
		return 0, err
	}
	missed, complete, err := a.Runner.ChangesSince(ctx, sight.organization, after)
	if err != nil {
		return 0, err
	}
	if !complete {
		return 0, send(ctx, conn, notice{Type: "reset"})
	}
	for _, c := range missed {
		after = c.Position
		if !sight.sees(ctx, change(c)) {
			continue
		}
		if err := send(ctx, conn, change(c)); err != nil {
			return 0, err
		}
	}
	return after, nil
}

// sendPatience is how long one message may take to leave: a client that takes none for so long is gone.
const sendPatience = 10 * time.Second

func send(ctx context.Context, conn *websocket.Conn, message any) error {
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendPatience)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, data)
}
