package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/edge/control"
)

var errNoEdge = errors.New("this server has no edge: `syntra agent` starts one beside itself, see edge.log in its data folder")

// edgeTimeout bounds one call to the edge, drains aside.
const edgeTimeout = 15 * time.Second

// route points the service's hosts at a release. The edge moves first and the agent remembers after: a crash in between
// leaves the old release as what should be, and the command comes again.
func (a *Agent) route(ctx context.Context, t *task, r wire.Route) (wire.Routed, error) {
	if a.opts.Edge == nil {
		return wire.Routed{}, errNoEdge
	}
	spec, known := a.state.Spec(r.Owner.Service, r.Release)
	if !known {
		return wire.Routed{}, fmt.Errorf("release %s was never started here", r.Release)
	}
	list, err := a.replicasOf(ctx, r.Owner.Service, r.Release)
	if err != nil {
		return wire.Routed{}, err
	}
	var upstreams []string
	for _, i := range list {
		if i.State == runtime.Running && i.Address != "" {
			upstreams = append(upstreams, i.Address)
			a.readies.add(i.Instance)
		}
	}
	if len(upstreams) == 0 {
		return wire.Routed{}, &runtime.Error{Code: runtime.CodeCrashed, Message: fmt.Sprintf("no replica of release %s runs: nothing can take the traffic", r.Release)}
	}
	before, _ := a.state.Service(r.Owner.Service)
	svc := state.Service{ID: r.Owner.Service, Organization: r.Owner.Organization, Project: r.Owner.Project, Live: r.Release, Hosts: r.Hosts, Routed: true}
	if err := a.put(ctx, svc, upstreams); err != nil {
		return wire.Routed{}, err
	}
	if !spec.Proven {
		spec.Proven = true
		if err := a.state.PutSpec(spec); err != nil {
			return wire.Routed{}, err
		}
	}
	if err := a.state.PutService(svc); err != nil {
		return wire.Routed{}, err
	}
	out := wire.Routed{Upstreams: upstreams}
	if before.Routed && before.Live != r.Release {
		out.Previous = before.Live
	}
	return out, nil
}

// put gives the edge one service's routes.
func (a *Agent) put(ctx context.Context, svc state.Service, upstreams []string) error {
	if a.opts.Edge == nil {
		return errNoEdge
	}
	slices.Sort(upstreams)
	ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
	defer cancel()
	err := a.opts.Edge.PutService(ctx, control.Service{
		ID: svc.ID, Hosts: svc.Hosts, Organization: svc.Organization, Project: svc.Project,
		Pools: []control.Pool{{Release: svc.Live, Weight: 100, Endpoints: control.Local(upstreams...)}},
	})
	if err != nil {
		return fmt.Errorf("point the edge at release %s: %w", svc.Live, err)
	}
	return nil
}

// isLive says whether a release has its service's traffic.
func (a *Agent) isLive(service, release string) bool {
	svc, known := a.state.Service(service)
	return known && svc.Routed && svc.Live == release && a.opts.Edge != nil
}

// reroute gives the edge those of the replicas that are ready, if their release has the traffic. It never leaves a
// service without an upstream.
func (a *Agent) reroute(ctx context.Context, service string, list []replica) error {
	svc, known := a.state.Service(service)
	if !known || !svc.Routed || a.opts.Edge == nil {
		return nil
	}
	upstreams := a.readyOf(list, svc.Live)
	if len(upstreams) == 0 {
		return nil
	}
	return a.put(ctx, svc, upstreams)
}

// readyOf answers the addresses of a release's ready replicas, in order.
func (a *Agent) readyOf(list []replica, release string) []string {
	var upstreams []string
	for _, r := range list {
		if r.Labels.Release == release && a.readies.is(r.Instance) {
			upstreams = append(upstreams, r.Address)
		}
	}
	slices.Sort(upstreams)
	return upstreams
}

// unroute takes a service's traffic away. The edge keeps its hosts, to say that nothing runs there now, unless the service
// is to be forgotten.
func (a *Agent) unroute(ctx context.Context, service string, forget bool) error {
	svc, known := a.state.Service(service)
	if a.opts.Edge != nil {
		ctx, cancel := context.WithTimeout(ctx, edgeTimeout)
		defer cancel()
		held := false
		if known && !forget {
			// Refused where another service has one of the hosts by now: then there is nothing to keep.
			held = a.opts.Edge.PutService(ctx, control.Service{ID: svc.ID, Hosts: svc.Hosts, Organization: svc.Organization, Project: svc.Project}) == nil
		}
		if !held {
			if err := a.opts.Edge.DeleteService(ctx, service); err != nil {
				return fmt.Errorf("take the service off the edge: %w", err)
			}
		}
	}
	if !known || !svc.Routed {
		return nil
	}
	svc.Routed = false
	return a.state.PutService(svc)
}

// edgePorts remembers where the edge listens, for Hellos while it does not answer.
type edgePorts struct {
	mu          sync.Mutex
	http, https int
}

// edgePatience is how long the first Hello waits for an edge that starts beside the agent.
const edgePatience = 5 * time.Second

func (p *edgePorts) get(ctx context.Context, edge Edge) (http, https int) {
	if edge == nil {
		return 0, 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, edgePatience)
	defer cancel()
	for {
		status, err := edge.Status(ctx)
		if err == nil {
			p.http, p.https = status.HTTPPort, status.HTTPSPort
		}
		if err == nil || p.http != 0 {
			return p.http, p.https
		}
		select {
		case <-ctx.Done():
			return p.http, p.https
		case <-time.After(100 * time.Millisecond):
		}
	}
}
