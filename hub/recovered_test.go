package hub_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/hub/hubtest"
)

func TestAPanicForOneAgentEndsOnlyItsConnection(t *testing.T) {
	t.Parallel()
	for name, panics := range map[string]func(*hub.Options, func(serverID string) bool){
		"in the reader": func(o *hub.Options, unlucky func(string) bool) {
			o.OnHeartbeat = func(_, serverID string, _ wire.Heartbeat) {
				if unlucky(serverID) {
					panic("heartbeat")
				}
			}
		},
		"beside it": func(o *hub.Options, unlucky func(string) bool) {
			o.Desired = func(_ context.Context, serverID string) (wire.Reconcile, error) {
				if unlucky(serverID) {
					panic("desired")
				}
				return wire.Reconcile{}, nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := hubtest.New(t)
			one, oneToken := p.AddServer("one")
			two, twoToken := p.AddServer("two")
			var panicked atomic.Int32
			r := p.Start("", func(o *hub.Options) {
				panics(o, func(serverID string) bool { return serverID == one && panicked.Add(1) == 1 })
			})
			connect(t, r.URL, twoToken, instance2)
			a, _ := introduce(t, r.URL, oneToken, instance1)
			data, err := wire.Encode(wire.TypeHeartbeat, wire.Heartbeat{})
			require.NoError(t, err)
			_ = a.conn.Write(within(t), websocket.MessageText, data) // it may have ended already
			soon(t, "the connection ends", func() bool {
				_, _, err := a.conn.Read(within(t))
				return err != nil
			})
			connect(t, r.URL, oneToken, instance1)
			soon(t, "the agent is back", func() bool { return cpuOf(t, p, one) == 0 && cpuOf(t, p, two) == 0 })
			require.Zero(t, count(p.Events(two), "server.disconnected"))
		})
	}
}
