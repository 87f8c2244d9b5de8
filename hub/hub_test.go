package hub_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/hub/hubtest"
)

// patience bounds every wait of these tests.
const patience = 20 * time.Second

func soon(t testing.TB, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, patience, 10*time.Millisecond, what)
}

// wireAgent speaks the protocol by hand, so that a test can stop at any point of it.
type wireAgent struct {
	t    testing.TB
	conn *websocket.Conn
	held []wire.Frame // read while it waited for something else
}

const instance1, instance2 = "agt_AAAAAAAAAAAAAAAAAAAA", "agt_BBBBBBBBBBBBBBBBBBBB"

func dial(url, token, instance string) (*websocket.Conn, *http.Response, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return websocket.Dial(ctx, url+wire.ConnectPath, &websocket.DialOptions{HTTPHeader: http.Header{
		"Authorization": {"Bearer " + token}, wire.InstanceHeader: {instance},
	}})
}

// refused returns the problem document of a connection that is not let in.
func refused(t testing.TB, url, token, instance string) (status int, problem map[string]any) {
	t.Helper()
	conn, res, err := dial(url, token, instance)
	if err == nil {
		_ = conn.CloseNow()
		t.Fatal("the connection was let in")
	}
	require.NotNil(t, res, "%v", err)
	require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
	body, _ := io.ReadAll(res.Body)
	require.NoError(t, json.Unmarshal(body, &problem), "%s", body)
	return res.StatusCode, problem
}

// connect is an agent up to its Welcome, whose heart beats from then on.
func connect(t testing.TB, url, token, instance string, unacked ...wire.Result) (*wireAgent, wire.Welcome) {
	t.Helper()
	a, welcome := connectSilent(t, url, token, instance, unacked...)
	go func() {
		data, _ := wire.Encode(wire.TypeHeartbeat, wire.Heartbeat{})
		beat := time.NewTicker(hubtest.Heartbeat / 2)
		defer beat.Stop()
		for a.conn.Write(context.Background(), websocket.MessageText, data) == nil {
			<-beat.C
		}
	}()
	return a, welcome
}

// connectSilent is one whose heart does not.
func connectSilent(t testing.TB, url, token, instance string, unacked ...wire.Result) (*wireAgent, wire.Welcome) {
	t.Helper()
	a, welcome := introduce(t, url, token, instance, unacked...)
	a.waitForLink()
	return a, welcome
}

// introduce is an agent up to its Welcome; commands may not reach it yet.
func introduce(t testing.TB, url, token, instance string, unacked ...wire.Result) (*wireAgent, wire.Welcome) {
	t.Helper()
	conn, res, err := dial(url, token, instance)
	if err != nil && res != nil {
		body, _ := io.ReadAll(res.Body)
		t.Fatalf("not let in: %v: %s", err, body)
	}
	require.NoError(t, err)
	conn.SetReadLimit(wire.MaxFrame)
	t.Cleanup(func() { _ = conn.CloseNow() })
	a := &wireAgent{t: t, conn: conn}
	a.send(wire.TypeHello, wire.Hello{Protocol: wire.Version, Instance: instance, Hostname: "h", Runtimes: []string{"process"}, Unacked: unacked})
	welcome, err := wire.Decode[wire.Welcome](a.expect(wire.TypeWelcome))
	require.NoError(t, err)
	return a, welcome
}

// waitForLink returns when commands reach the agent: the hub takes the link a moment after the Welcome.
func (a *wireAgent) waitForLink() {
	a.t.Helper()
	const probe = "probe"
	a.send(wire.TypeResult, wire.Result{ID: probe})
	var held []wire.Frame
	for {
		f, err := a.next()
		require.NoError(a.t, err, "waiting for the link")
		if ack, err := wire.Decode[wire.ResultAck](f); f.Type == wire.TypeResultAck && err == nil && ack.ID == probe {
			a.held = held
			return
		}
		held = append(held, f)
	}
}

func (a *wireAgent) send(frameType string, v any) {
	a.t.Helper()
	data, err := wire.Encode(frameType, v)
	require.NoError(a.t, err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(a.t, a.conn.Write(ctx, websocket.MessageText, data))
}

// next returns the next frame, or the reason why there is none.
func (a *wireAgent) next() (wire.Frame, error) {
	if len(a.held) > 0 {
		f := a.held[0]
		a.held = a.held[1:]
		return f, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var f wire.Frame
	_, data, err := a.conn.Read(ctx)
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	return f, err
}

// expect skips to the next frame of a type.
func (a *wireAgent) expect(frameType string) wire.Frame {
	a.t.Helper()
	for {
		f, err := a.next()
		require.NoError(a.t, err, "waiting for %s", frameType)
		if f.Type == frameType {
			return f
		}
	}
}

// command returns the next command.
func (a *wireAgent) command() wire.Command {
	a.t.Helper()
	c, err := wire.Decode[wire.Command](a.expect(wire.TypeCommand))
	require.NoError(a.t, err)
	return c
}

// closed waits for the end of the connection and answers why the hub closed it.
func (a *wireAgent) closed() string {
	a.t.Helper()
	for {
		if _, err := a.next(); err != nil {
			var closed websocket.CloseError
			require.ErrorAs(a.t, err, &closed)
			return closed.Reason
		}
	}
}

// outcome is what a Do came to.
type outcome struct {
	res wire.Result
	err error
}

// do asks in the background.
func do(ctx context.Context, h *hub.Hub, server string, cmd wire.Command) <-chan outcome {
	out := make(chan outcome, 1)
	go func() {
		res, err := h.Do(ctx, server, cmd, nil)
		out <- outcome{res, err}
	}()
	return out
}

func get(t testing.TB, c <-chan outcome) outcome {
	t.Helper()
	select {
	case o := <-c:
		return o
	case <-time.After(patience):
		t.Fatal("no outcome")
		return outcome{}
	}
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

type hubOptions = hub.Options
