package edge

import (
	"context"
	"fmt"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/peer"
	"github.com/syntra-dev/syntra/edge/proxy"
	"github.com/syntra-dev/syntra/edge/route"
)

// peerHeadroom is what a peer adds to the largest head that it takes from a client.
const peerHeadroom = 16 << 10

// servePeers answers the edges of other servers.
func (e *edge) servePeers() {
	s := e.newServer(&peer.Door{
		Admits: e.router.Admits,
		Serves: e.router.Serves,
		Next: &proxy.Handler{
			Router:    e.router,
			Log:       e.log,
			Retiring:  &e.retiring,
			FromPeers: true,
			// The edge before this one holds its client to the pace; this one steps in only where that has failed.
			Pace: proxy.Pace{Patience: 2 * e.o.ClientPatience, MinRate: max(1, int64(e.o.ClientMinRate)/2)},
		},
	})
	s.MaxHead += peerHeadroom
	s.TLS = e.credentials.ServerConfig(e.router.AdmitsAny)
	e.run(func() error { return s.Serve(e.peer) })
}

// restoreIdentity reads what the edge showed itself by before. Without it peers are refused, and refuse, until the agent
// gives it again.
func (e *edge) restoreIdentity() {
	i, err := e.dir.LoadIdentity()
	if err == nil && i != (control.Identity{}) {
		err = e.credentials.Set(i)
	}
	if err != nil {
		e.log.Error("the saved identity cannot be used; other servers cannot be reached until the agent gives it again", "error", err)
	}
}

func (e *edge) putIdentity(ctx context.Context, i control.Identity) error {
	if err := e.credentials.Set(i); err != nil {
		return route.Invalid{Err: fmt.Errorf("identity: %w", err)}
	}
	if err := e.dir.SaveIdentity(i); err != nil {
		return fmt.Errorf("%w: identity: %w", route.ErrNotSaved, err)
	}
	return e.predecessor.do(func(c *control.Client) error { return c.PutIdentity(ctx, i) })
}

func (e *edge) peerStatus() control.PeerStatus {
	out := control.PeerStatus{Port: e.peerPort()}
	if name, until, ok := e.credentials.Name(); ok {
		out.Organization, out.Server, out.Until = name.Organization, name.Server, until
	}
	return out
}

func (e *edge) peerPort() int {
	if e.peer == nil {
		return 0
	}
	return portOf(e.peer)
}
