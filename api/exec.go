package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/hub"
)

// ExecProtocol is the WebSocket subprotocol of exec: binary messages whose first byte is a channel.
const ExecProtocol = "syntra-exec.v1"

// Channels of exec. A client sends ExecStdin, and once an empty one to close the command's input; the server sends
// ExecStdout and ExecStderr (an empty one only says that it is alive), and last ExecExit with JSON: {"exit_code":0} or {"error":"…"}.
const (
	ExecStdin  byte = 0
	ExecStdout byte = 1
	ExecStderr byte = 2
	ExecExit   byte = 3
)

// maxExecInput is the longest message of a client, in bytes.
const maxExecInput = 1 << 20

type execInput struct {
	ByID
	Argv     []string `query:"argv,explode" required:"true" minItems:"1" maxItems:"256" doc:"The command and its arguments, one argv=… each." example:"[\"ls\",\"-l\"]"`
	Instance string   `query:"instance" maxLength:"255" doc:"Which replica; the live release's first where absent."`
}

func (a *API) exec(ctx context.Context, in *execInput) (*huma.StreamResponse, error) {
	s, err := load[service.Service](ctx, a, "service "+in.ID, service.Stream(in.ID))
	if err == nil {
		err = s.MustExist()
	}
	if err != nil {
		return nil, err
	}
	if s.Live() == "" || s.Stopped {
		return nil, domain.Errorf(domain.Conflict, "service %q is not running: deploy or start it first", s.Slug).WithReason("not_running")
	}
	if a.Agents == nil {
		return nil, domain.Errorf(domain.Unavailable, "this replica of Syntra has no agents: ask another").WithReason("no_agents")
	}
	serverID, err := a.serverWith(ctx, s, in.Instance)
	if err != nil {
		return nil, err
	}
	command := wire.Exec{
		Owner:    wire.Owner{Organization: identityOf(ctx).Organization, Project: s.ProjectID, Service: s.ID},
		Instance: in.Instance, Argv: in.Argv,
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		c := humagin.Unwrap(hc)
		conn, ok := a.upgrade(c.Writer, c.Request, ExecProtocol)
		if !ok {
			return
		}
		defer conn.CloseNow()
		conn.SetReadLimit(maxExecInput)
		who := identityOf(ctx)
		a.Logger.InfoContext(ctx, "exec", "request_id", requestOf(ctx).id, "service", s.ID, "organization", who.Organization, "actor", who.Actor().ID)
		a.runExec(c.Request.Context(), conn, serverID, command)
	}}, nil
}

// errTokenEnded ends a command whose caller may no longer run it.
var errTokenEnded = domain.Errorf(domain.Unauthorized, "the token was revoked or has expired").WithReason("token_ended")

// runExec runs the command and sends its end. conn is only used with connCtx: a context that ends would close it before
// the client has heard why.
func (a *API) runExec(connCtx context.Context, conn *websocket.Conn, serverID string, command wire.Exec) {
	ctx, cancel := context.WithCancelCause(connCtx)
	defer cancel(nil)
	stdin, feed := io.Pipe()
	defer stdin.Close()
	go func() {
		// A client that goes away ends the command, and so does a panic.
		var err error
		if panicked := a.recovered(ctx, "exec input", func() { err = readInput(connCtx, conn, feed) }); panicked != nil {
			err = panicked
		}
		feed.CloseWithError(err)
		cancel(err)
	}()
	go func() {
		err := a.recovered(ctx, "exec watch", func() { cancel(a.watchExec(ctx, execWriter{connCtx, conn, ExecStdout})) })
		if err != nil {
			cancel(err)
		}
	}()
	stdout, stderr := execWriter{connCtx, conn, ExecStdout}, execWriter{connCtx, conn, ExecStderr}
	exit, err := a.Agents.Exec(ctx, serverID, command, stdin, stdout, stderr)
	ended := map[string]any{"exit_code": exit}
	if err != nil {
		if errors.Is(context.Cause(ctx), errTokenEnded) {
			err = errTokenEnded
		}
		ended = map[string]any{"error": a.execError(ctx, err)}
	}
	data, err := json.Marshal(ended)
	if err != nil {
		return
	}
	if _, err := (execWriter{connCtx, conn, ExecExit}).Write(data); err == nil {
		_ = conn.Close(websocket.StatusNormalClosure, "")
	}
}

// watchExec returns why the command must end: its token ended, or its client is gone. It sends empty outputs, because
// nobody reads the connection while the command takes no input, and because proxies cut what is silent.
func (a *API) watchExec(ctx context.Context, w execWriter) error {
	tick := time.NewTicker(a.Breath)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if _, valid := a.recheck(ctx); !valid {
			return errTokenEnded
		}
		if _, err := w.Write(nil); err != nil {
			return err
		}
	}
}

func (a *API) execError(ctx context.Context, err error) string {
	var refusal *domain.Error
	switch {
	case errors.As(err, &refusal):
		return refusal.Message
	case errors.Is(err, hub.ErrOffline):
		return "the server is offline: start its agent"
	case errors.Is(err, hub.ErrElsewhere):
		return "the server's agent has just connected to another replica of Syntra: try again"
	}
	a.Logger.WarnContext(ctx, "exec failed", "request_id", requestOf(ctx).id, "error", err)
	return "the command could not be run: is the server online?"
}

func readInput(ctx context.Context, conn *websocket.Conn, to *io.PipeWriter) error {
	for {
		kind, data, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if kind != websocket.MessageBinary || len(data) == 0 || data[0] != ExecStdin {
			_ = conn.Close(websocket.StatusUnsupportedData, "send binary messages on channel 0")
			return errors.New("the client broke the exec protocol")
		}
		if len(data) == 1 {
			to.Close()
			continue
		}
		if _, err := to.Write(data[1:]); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			return err
		}
	}
}

// execWriter sends what the command prints on one channel.
type execWriter struct {
	ctx     context.Context
	conn    *websocket.Conn
	channel byte
}

func (w execWriter) Write(p []byte) (int, error) {
	ctx, cancel := context.WithTimeout(w.ctx, 30*time.Second)
	defer cancel()
	if err := w.conn.Write(ctx, websocket.MessageBinary, append([]byte{w.channel}, p...)); err != nil {
		return 0, err
	}
	return len(p), nil
}
