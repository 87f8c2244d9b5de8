package api_test

import (
	"context"
	"io"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/hub"
)

// echo is a hub whose servers run one program: it repeats its input, and complains.
type echo struct{ got chan wire.Exec }

func (e echo) Exec(_ context.Context, _ string, command wire.Exec, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	if command.Argv[0] == "offline" {
		return 0, hub.ErrOffline
	}
	e.got <- command
	if _, err := io.Copy(stdout, stdin); err != nil {
		return 0, err
	}
	_, err := stderr.Write([]byte("done"))
	return 3, err
}

func (s *socket) frame() (byte, string) {
	s.h.Helper()
	kind, data, err := s.Read(s.ctx)
	require.NoError(s.h, err)
	require.Equal(s.h, websocket.MessageBinary, kind)
	return data[0], string(data[1:])
}

func TestExec(t *testing.T) {
	t.Parallel()
	agents := echo{got: make(chan wire.Exec, 1)}
	h := newHouse(t, func(o *api.Options) { o.Agents = agents })
	e := h.owner.estate("shop")
	path := "/services/" + e.service.ID + "/exec"
	h.owner.get(path+"?argv=sh").problem(409, "conflict", "not_running")
	h.release(e.service.ID)
	h.owner.get(path+"?argv=sh").problem(426, "invalid", "websocket")

	s := h.owner.dial(path + "?argv=sh&argv=-c&argv=cat")
	require.Equal(t, api.ExecProtocol, s.Subprotocol())
	require.NoError(t, s.Write(s.ctx, websocket.MessageBinary, []byte("\x00hello")))
	channel, text := s.frame()
	require.Equal(t, api.ExecStdout, channel)
	require.Equal(t, "hello", text)
	require.NoError(t, s.Write(s.ctx, websocket.MessageBinary, []byte{api.ExecStdin}))
	channel, text = s.frame()
	require.Equal(t, api.ExecStderr, channel)
	require.Equal(t, "done", text)
	channel, text = s.frame()
	require.Equal(t, api.ExecExit, channel)
	require.JSONEq(t, `{"exit_code":3}`, text)
	got := <-agents.got
	require.Equal(t, []string{"sh", "-c", "cat"}, got.Argv)
	require.Equal(t, wire.Owner{Organization: h.org, Project: e.project.ID, Service: e.service.ID}, got.Owner)
	require.NotContains(t, h.printed.String(), "-c", "arguments may hold secrets")

	t.Run("offline", func(t *testing.T) {
		channel, text := h.owner.dial(path + "?argv=offline").frame()
		require.Equal(t, api.ExecExit, channel)
		require.Contains(t, text, "offline")
	})
}
