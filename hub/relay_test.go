package hub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/hub/hubtest"
)

// execEnd is what an Exec came to.
type execEnd struct {
	code int
	err  error
}

func execAt(ctx context.Context, h *hub.Hub, server string, stdin io.Reader, stdout io.Writer) <-chan execEnd {
	done := make(chan execEnd, 1)
	go func() {
		code, err := h.Exec(ctx, server, wire.Exec{Argv: []string{"cat"}}, stdin, stdout, io.Discard)
		done <- execEnd{code, err}
	}()
	return done
}

// apart is a plane whose replica r1 has the agent, and r2 has not.
func apart(t *testing.T, r1Address string) (r1, r2 *hubtest.Replica, a *wireAgent, srv string) {
	t.Helper()
	p := hubtest.New(t)
	r1 = p.Start("", func(o *hub.Options) { o.InternalAddress = r1Address })
	r2 = p.Start("", func(o *hub.Options) { o.Replica = "r2" })
	srv, token := p.AddServer("one")
	a, _ = connect(t, r1.URL, token, instance1)
	return r1, r2, a, srv
}

func TestExecAtAnotherReplicaWaitsForTheCommandToTakeItsInput(t *testing.T) {
	t.Parallel()
	_, r2, a, srv := apart(t, "")
	const windows = 8
	source := bytes.NewReader(bytes.Repeat([]byte{'x'}, windows*wire.ExecWindow))
	var stdout bytes.Buffer
	done := execAt(within(t), r2.Hub, srv, source, &stdout)

	cmd, got, unacked := "", 0, 0
	for eof := false; !eof || cmd == ""; {
		f, err := a.next()
		require.NoError(t, err)
		if f.Type == wire.TypeCommand {
			c, err := wire.Decode[wire.Command](f)
			require.NoError(t, err)
			cmd = c.ID
		}
		if f.Type != wire.TypeExecInput {
			continue
		}
		in, err := wire.Decode[wire.ExecInput](f)
		require.NoError(t, err)
		got, unacked, eof = got+len(in.Data), unacked+len(in.Data), in.EOF
		// One window waits at the agent, one at the replica with the agent; a chunk is in each replica's hands.
		read := int(source.Size()) - source.Len()
		require.LessOrEqual(t, read-(got-unacked), 2*wire.ExecWindow+2*(32<<10), "the input is read without waiting")
		if unacked == wire.ExecWindow || eof {
			a.send(wire.TypeExecAck, wire.ExecAck{ID: in.ID, Bytes: unacked})
			unacked = 0
		}
	}
	require.Equal(t, windows*wire.ExecWindow, got)
	a.send(wire.TypeExecOutput, wire.ExecOutput{ID: cmd, Data: []byte("out")})
	a.send(wire.TypeResult, wire.Result{ID: cmd, Data: json.RawMessage(`{"exit_code":7}`)})
	end := <-done
	require.NoError(t, end.err)
	require.Equal(t, 7, end.code)
	require.Equal(t, "out", stdout.String())
}

// The command takes none of its input, and the caller still has more: the cancel must not wait behind it.
func TestCancellingAnExecAtAnotherReplicaCancelsTheCommand(t *testing.T) {
	t.Parallel()
	_, r2, a, srv := apart(t, "")
	ctx, cancel := context.WithCancel(within(t))
	endless, more := io.Pipe()
	t.Cleanup(func() { _ = endless.Close() })
	go func() {
		for {
			if _, err := more.Write(make([]byte, 32<<10)); err != nil {
				return
			}
		}
	}()
	done := execAt(ctx, r2.Hub, srv, endless, io.Discard)
	id := a.command().ID
	cancel()
	c, err := wire.Decode[wire.Cancel](a.expect(wire.TypeCancel))
	require.NoError(t, err)
	require.Equal(t, id, c.ID)
	require.ErrorIs(t, (<-done).err, context.Canceled)
}

func TestExecAtAnotherReplicaHearsWhyItFailed(t *testing.T) {
	t.Parallel()
	t.Run("the command's own failure", func(t *testing.T) {
		t.Parallel()
		_, r2, a, srv := apart(t, "")
		done := execAt(within(t), r2.Hub, srv, nil, io.Discard)
		a.send(wire.TypeResult, wire.Result{ID: a.command().ID, Error: &wire.Failure{Message: "no such replica"}})
		require.ErrorContains(t, (<-done).err, "no such replica")
	})
	t.Run("the replica with the agent dies", func(t *testing.T) {
		t.Parallel()
		r1, r2, a, srv := apart(t, "")
		done := execAt(within(t), r2.Hub, srv, nil, io.Discard)
		a.command()
		r1.Kill()
		err := (<-done).err
		require.ErrorContains(t, err, `replica "r1"`)
		require.NotErrorIs(t, err, context.DeadlineExceeded)
	})
	for name, address := range map[string]string{
		"nobody listens at its address": "http://127.0.0.1:1",
		"its address is no URL":         "nowhere",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, r2, _, srv := apart(t, address)
			err := (<-execAt(within(t), r2.Hub, srv, nil, io.Discard)).err
			require.Equal(t, domain.Unavailable, domain.CodeOf(err))
			require.ErrorContains(t, err, `replica "r1"`)
			require.ErrorContains(t, err, "--internal-address")
		})
	}
	t.Run("its address leads to another replica", func(t *testing.T) {
		t.Parallel()
		p := hubtest.New(t)
		r3 := p.Start("", func(o *hub.Options) { o.Replica = "r3" })
		r1 := p.Start("", func(o *hub.Options) { o.InternalAddress = r3.URL })
		r2 := p.Start("", func(o *hub.Options) { o.Replica = "r2" })
		srv, token := p.AddServer("one")
		connect(t, r1.URL, token, instance1)
		err := (<-execAt(within(t), r2.Hub, srv, nil, io.Discard)).err
		require.ErrorContains(t, err, `replica "r3"`, "it says whom it reached")
		require.True(t, strings.Contains(err.Error(), "--internal-address"), "%v", err)
	})
}
