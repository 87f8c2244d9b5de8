package agent

import (
	"context"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/edge/control"
)

// edgePorts remembers where the edge listens, for Hellos while it does not answer.
type edgePorts struct {
	mu   sync.Mutex
	last control.Status
}

// edgePatience is how long the first Hello waits for an edge that starts beside the agent.
const edgePatience = 5 * time.Second

func (p *edgePorts) get(ctx context.Context, edge Edge) control.Status {
	if edge == nil {
		return control.Status{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, edgePatience)
	defer cancel()
	for {
		status, err := edge.Status(ctx)
		if err == nil {
			p.last = status
		}
		if err == nil || p.last.HTTPPort != 0 {
			return p.last
		}
		select {
		case <-ctx.Done():
			return p.last
		case <-time.After(100 * time.Millisecond):
		}
	}
}
