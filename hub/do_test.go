package hub_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/hub/hubtest"
)

func TestACommandBringsItsOneOutcome(t *testing.T) {
	t.Parallel()
	whole := t // connections outlive the subtest that makes them
	p := hubtest.New(t)
	metrics := prometheus.NewRegistry()
	r := p.Start("", func(o *hub.Options) { o.Metrics = metrics })
	srv, token := p.AddServer("one")

	t.Run("an agent that is not there is offline at once", func(t *testing.T) {
		_, err := r.Do(within(t), srv, wire.Command{ID: "c0", Kind: wire.KindStart}, nil)
		require.ErrorIs(t, err, hub.ErrOffline)
	})

	a, w := connect(t, r.URL, token, instance1)
	a.send(wire.TypeCredentialSet, wire.CredentialSet{})

	t.Run("outcome and progress come through, and the outcome is acknowledged", func(t *testing.T) {
		var mu sync.Mutex
		var notes []string
		got := make(chan outcome, 1)
		go func() {
			res, err := r.Do(within(t), srv, wire.Command{ID: "c1", Kind: wire.KindStart, Data: json.RawMessage(`{"x":1}`)}, func(n string) {
				mu.Lock()
				defer mu.Unlock()
				notes = append(notes, n)
			})
			got <- outcome{res, err}
		}()
		cmd := a.command()
		require.Equal(t, "c1", cmd.ID)
		require.JSONEq(t, `{"x":1}`, string(cmd.Data))
		a.send(wire.TypeProgress, wire.Progress{ID: "c1", Note: "half way"})
		a.send(wire.TypeResult, wire.Result{ID: "c1", Data: json.RawMessage(`{"y":2}`)})
		o := get(t, got)
		require.NoError(t, o.err)
		require.JSONEq(t, `{"y":2}`, string(o.res.Data))
		mu.Lock()
		require.Equal(t, []string{"half way"}, notes)
		mu.Unlock()
		ack, err := wire.Decode[wire.ResultAck](a.expect(wire.TypeResultAck))
		require.NoError(t, err)
		require.Equal(t, "c1", ack.ID)
	})

	t.Run("two callers of one command share one outcome, and it goes out once", func(t *testing.T) {
		first := do(within(t), r.Hub, srv, wire.Command{ID: "c2", Kind: wire.KindStart})
		require.Equal(t, "c2", a.command().ID)
		second := do(within(t), r.Hub, srv, wire.Command{ID: "c2", Kind: wire.KindStart})
		third := do(within(t), r.Hub, srv, wire.Command{ID: "c3", Kind: wire.KindStart})
		require.Equal(t, "c3", a.command().ID, "the second c2 must not be sent")
		a.send(wire.TypeResult, wire.Result{ID: "c2", Error: &wire.Failure{Code: runtime.CodeCrashed, Message: "m"}})
		a.send(wire.TypeResult, wire.Result{ID: "c3"})
		require.Equal(t, runtime.CodeCrashed, get(t, first).res.Error.Code)
		require.Equal(t, runtime.CodeCrashed, get(t, second).res.Error.Code)
		require.NoError(t, get(t, third).err)
	})

	t.Run("a broken connection is survived: the command goes out again under its id", func(t *testing.T) {
		got := do(within(t), r.Hub, srv, wire.Command{ID: "c4", Kind: wire.KindStart})
		require.Equal(t, "c4", a.command().ID)
		_ = a.conn.CloseNow()
		a, _ = connect(whole, r.URL, w.Credential, instance1)
		require.Equal(t, "c4", a.command().ID)
		a.send(wire.TypeResult, wire.Result{ID: "c4"})
		require.NoError(t, get(t, got).err)
	})

	t.Run("an outcome that the break swallowed comes with the next hello", func(t *testing.T) {
		got := do(within(t), r.Hub, srv, wire.Command{ID: "c5", Kind: wire.KindStart})
		require.Equal(t, "c5", a.command().ID)
		_ = a.conn.CloseNow()
		a, _ = connect(whole, r.URL, w.Credential, instance1, wire.Result{ID: "c5", Data: json.RawMessage(`"done"`)})
		o := get(t, got)
		require.NoError(t, o.err)
		require.JSONEq(t, `"done"`, string(o.res.Data))
	})

	t.Run("another server's agent cannot settle it", func(t *testing.T) {
		_, otherToken := p.AddServer("two")
		b, _ := connect(t, r.URL, otherToken, instance2)
		got := do(within(t), r.Hub, srv, wire.Command{ID: "c6", Kind: wire.KindStart})
		require.Equal(t, "c6", a.command().ID)
		b.send(wire.TypeResult, wire.Result{ID: "c6", Data: json.RawMessage(`"forged"`)})
		b.expect(wire.TypeResultAck)
		a.send(wire.TypeResult, wire.Result{ID: "c6", Data: json.RawMessage(`"true"`)})
		require.JSONEq(t, `"true"`, string(get(t, got).res.Data))
	})

	t.Run("all of it is counted", func(t *testing.T) {
		require.Equal(t, map[string]float64{"failed": 2, "offline": 1, "ok": 5}, counted(t, metrics, "syntra_hub_commands_total", "outcome"))
		soon(t, "the other agent has left", func() bool { return counted(t, metrics, "syntra_hub_agents_connected", "")[""] == 1 })
	})
}

// counted returns a metric's values by one of its labels.
func counted(t testing.TB, from prometheus.Gatherer, name, label string) map[string]float64 {
	t.Helper()
	families, err := from.Gather()
	require.NoError(t, err)
	out := map[string]float64{}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			key := ""
			for _, l := range m.GetLabel() {
				if l.GetName() == label {
					key = l.GetValue()
				}
			}
			out[key] += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return out
}

func TestCancellingTheCallerCancelsTheCommand(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	srv, token := p.AddServer("one")
	a, _ := connect(t, r.URL, token, instance1)

	ctx, cancel := context.WithCancel(context.Background())
	got := do(ctx, r.Hub, srv, wire.Command{ID: "c1", Kind: wire.KindBuild})
	require.Equal(t, "c1", a.command().ID)
	cancel()
	c, err := wire.Decode[wire.Cancel](a.expect(wire.TypeCancel))
	require.NoError(t, err)
	require.Equal(t, "c1", c.ID)

	// The same command, asked anew meanwhile, must not take the end of the first try for its outcome.
	again := do(within(t), r.Hub, srv, wire.Command{ID: "c1", Kind: wire.KindBuild})
	a.send(wire.TypeResult, wire.Result{ID: "c1", Error: &wire.Failure{Code: runtime.CodeCancelled}})
	require.ErrorIs(t, get(t, got).err, context.Canceled)
	require.Equal(t, "c1", a.command().ID)
	a.send(wire.TypeResult, wire.Result{ID: "c1", Data: json.RawMessage(`"built"`)})
	o := get(t, again)
	require.NoError(t, o.err)
	require.Nil(t, o.res.Error)
}

func TestADeadlineLeavesTheCommandRunning(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	srv, token := p.AddServer("one")
	a, _ := connect(t, r.URL, token, instance1)

	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	got := do(ctx, r.Hub, srv, wire.Command{ID: "c1", Kind: wire.KindBuild})
	require.Equal(t, "c1", a.command().ID)
	require.ErrorIs(t, get(t, got).err, context.DeadlineExceeded)
	again := do(within(t), r.Hub, srv, wire.Command{ID: "c1", Kind: wire.KindBuild})
	f, err := a.next()
	require.NoError(t, err)
	require.Equal(t, wire.TypeCommand, f.Type, "no cancel came before it")
	a.send(wire.TypeResult, wire.Result{ID: "c1"})
	require.NoError(t, get(t, again).err)
}

func TestTheReplicaWithTheSocketIsToldApart(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r1 := p.Start("", nil)
	r2 := p.Start("", func(o *hub.Options) { o.Replica = "r2" })
	srv, token := p.AddServer("one")
	a, w := connect(t, r1.URL, token, instance1)
	a.send(wire.TypeCredentialSet, wire.CredentialSet{})
	soon(t, "recorded", func() bool { return p.Server(srv).CredentialHash != "" })

	_, err := r2.Do(within(t), srv, wire.Command{ID: "c1", Kind: wire.KindStart}, nil)
	require.ErrorIs(t, err, hub.ErrElsewhere)
	at, err := hub.Locate(within(t), p.Pool, srv)
	require.NoError(t, err)
	require.Equal(t, "r1", at.Replica)
	require.True(t, at.Online)

	// When it moves, who waits at the old replica hears of it, and the old socket is ended.
	got := do(within(t), r1.Hub, srv, wire.Command{ID: "c2", Kind: wire.KindStart})
	require.Equal(t, "c2", a.command().ID)
	b, _ := connect(t, r2.URL, w.Credential, instance1)
	a.send(wire.TypeHeartbeat, wire.Heartbeat{})
	require.Contains(t, a.closed(), wire.CloseReplaced)
	require.ErrorIs(t, get(t, got).err, hub.ErrElsewhere)
	again := do(within(t), r2.Hub, srv, wire.Command{ID: "c2", Kind: wire.KindStart})
	require.Equal(t, "c2", b.command().ID)
	b.send(wire.TypeResult, wire.Result{ID: "c2"})
	require.NoError(t, get(t, again).err)
}

// Many callers, many breaks: each command ends exactly once for each caller.
func TestCommandsSurviveConnectionsThatBreakAllTheTime(t *testing.T) {
	t.Parallel()
	p := hubtest.New(t)
	r := p.Start("", nil)
	srv, token := p.AddServer("one")
	a, w := connect(t, r.URL, token, instance1)
	a.send(wire.TypeCredentialSet, wire.CredentialSet{})
	soon(t, "recorded", func() bool { return p.Server(srv).CredentialHash != "" })

	const commands = 40
	outcomes := make([]<-chan outcome, commands)
	for i := range commands {
		outcomes[i] = do(within(t), r.Hub, srv, wire.Command{ID: fmt.Sprintf("c%d", i), Kind: wire.KindStart})
	}
	// The agent answers each command whenever it comes, as its journal does, and loses its connection all the time.
	left := make(chan struct{})
	go func() {
		defer close(left)
		for i, c := range outcomes {
			o := <-c
			assert.NoError(t, o.err)
			assert.JSONEq(t, fmt.Sprintf(`"c%d"`, i), string(o.res.Data))
		}
	}()
	for n := 0; ; n++ {
		f, err := a.next()
		if err == nil && f.Type == wire.TypeCommand {
			cmd, err := wire.Decode[wire.Command](f)
			require.NoError(t, err)
			a.send(wire.TypeResult, wire.Result{ID: cmd.ID, Data: json.RawMessage(`"` + cmd.ID + `"`)})
		}
		select {
		case <-left:
			return
		default:
		}
		if err != nil || n%3 == 2 {
			_ = a.conn.CloseNow() // with whatever is under way
			a, _ = connect(t, r.URL, w.Credential, instance1)
		}
	}
}
