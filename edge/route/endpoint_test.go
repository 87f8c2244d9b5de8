package route

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge/control"
)

// standing is an endpoint that stands for a number of replicas.
func standing(address string, replicas int) control.Endpoint {
	return control.Endpoint{ID: address, Address: address, Replicas: replicas}
}

func endpoints(es ...control.Endpoint) control.Pool {
	return control.Pool{Release: "rel", Weight: 1, Endpoints: es}
}

func TestEachReplicaHasTheSameShareWhereverItRuns(t *testing.T) {
	t.Parallel()
	for name, together := range map[string]bool{"one request at a time": false, "all requests at once": true} {
		r := New(slog.New(slog.DiscardHandler), nil)
		require.NoError(t, r.Put(svc("s", "h", endpoints(standing("127.0.0.1:1", 1), standing("127.0.0.1:2", 1), standing("127.0.0.1:3", 4)))))
		got := map[string]int{}
		for range 60 {
			f := &Flight{}
			require.NoError(t, r.Enter("h", f))
			got[f.Upstream().Addr()]++
			if !together {
				f.Leave()
			}
		}
		require.Equal(t, map[string]int{"127.0.0.1:1": 10, "127.0.0.1:2": 10, "127.0.0.1:3": 40}, got, name)
	}
}

func TestADrainingEndpointFinishesWhatItHasAndGetsNothingNew(t *testing.T) {
	t.Parallel()
	r := New(slog.New(slog.DiscardHandler), nil)
	going, stays := standing("127.0.0.1:1", 1), standing("127.0.0.1:2", 1)
	require.NoError(t, r.Put(svc("s", "h", endpoints(going))))
	var before Flight
	require.NoError(t, r.Enter("h", &before))

	going.State = control.Draining
	require.NoError(t, r.Put(svc("s", "h", endpoints(going, stays))))

	for range 4 {
		var f Flight
		require.NoError(t, r.Enter("h", &f))
		require.Equal(t, stays.Address, f.Upstream().Addr())
		f.Leave()
	}
	require.False(t, before.Release().takes(going.ID), "it may be drained while the pool still names it")
	done, _, err := before.Release().quiet(going.ID)
	require.NoError(t, err)
	require.False(t, done, "its request is under way")
	before.Leave()
	done, _, err = r.Release("s", "rel").quiet(going.ID)
	require.NoError(t, err)
	require.True(t, done)

	require.NoError(t, r.Put(svc("s", "h", endpoints(going))))
	require.ErrorIs(t, r.Enter("h", new(Flight)), ErrNotRunning, "nothing else is there")
}

func TestAnEndpointThatMovedIsAnotherOne(t *testing.T) {
	t.Parallel()
	r := New(slog.New(slog.DiscardHandler), nil)
	defer r.Close()
	at := control.Endpoint{ID: "replica-1", Address: "127.0.0.1:1"}
	require.NoError(t, r.Put(svc("s", "h", endpoints(at))))
	r.Release("s", "rel").targets[0].up.Failed(errors.New("refused"))

	at.Replicas = 2
	require.NoError(t, r.Put(svc("s", "h", endpoints(at))))
	require.True(t, r.Release("s", "rel").targets[0].up.Down(), "the same place keeps its mark")

	at.Address = "127.0.0.1:2"
	require.NoError(t, r.Put(svc("s", "h", endpoints(at))))
	require.False(t, r.Release("s", "rel").targets[0].up.Down())
	require.Equal(t, "127.0.0.1:2", r.Release("s", "rel").targets[0].up.Addr())
}

func TestEndpointsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]control.Endpoint{
		"no id":            {Address: "127.0.0.1:1"},
		"unknown protocol": {ID: "a", Address: "127.0.0.1:1", Protocol: "carrier-pigeon"},
		"unknown state":    {ID: "a", Address: "127.0.0.1:1", State: "asleep"},
		"far too many":     {ID: "a", Address: "127.0.0.1:1", Replicas: maxReplicas + 1},
		"no port":          {ID: "a", Address: "127.0.0.1"},
	} {
		require.Error(t, New(slog.New(slog.DiscardHandler), nil).Put(svc("s", "h", endpoints(e))), name)
	}
}
