package agent

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
)

// holdings are the artifacts on this server, as far as they are to be told.
type holdings struct{ changed chan struct{} }

// change says that an artifact has come or gone.
func (h *holdings) change() {
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

// tellHoldingsEvery repeats what is on this server, for what came or went without the agent.
const tellHoldingsEvery = 10 * time.Minute

// tellHoldings tells the hub which artifacts are here, at once and after each change. It tells all or, while an engine
// does not answer, nothing: what is not told is forgotten there.
func (a *Agent) tellHoldings(s *session) {
	tick := time.NewTicker(tellHoldingsEvery)
	defer tick.Stop()
	for {
		if digests, err := a.held(s.ctx); err != nil {
			a.log.Warn("agent: which artifacts are here is not known now", "error", err)
		} else if s.send(wire.TypeArtifacts, wire.Artifacts{Digests: digests}) != nil {
			return
		}
		select {
		case <-s.ctx.Done():
			return
		case <-a.holdings.changed:
		case <-tick.C:
		}
	}
}

func (a *Agent) held(ctx context.Context) ([]string, error) {
	all := []string{}
	for _, rt := range a.opts.Runtimes {
		digests, err := rt.Artifacts(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, digests...)
	}
	return all, nil
}
