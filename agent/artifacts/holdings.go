package artifacts

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/agent/wire"
)

// Changed says that an artifact has come or gone.
func (k *Keeper) Changed() {
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

// repeatEvery repeats what is on this server, for what came or went without the agent.
const repeatEvery = 10 * time.Minute

// Tell tells the hub which artifacts are here, at once and after each change, until ctx ends or send fails. It tells all or, while an engine
// does not answer, nothing: what is not told is forgotten there.
func (k *Keeper) Tell(ctx context.Context, send func(frameType string, v any) error) {
	tick := time.NewTicker(repeatEvery)
	defer tick.Stop()
	for {
		if digests, err := k.held(ctx); err != nil {
			k.log.Warn("agent: which artifacts are here is not known now", "error", err)
		} else if send(wire.TypeArtifacts, wire.Artifacts{Digests: digests}) != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-k.changed:
		case <-tick.C:
		}
	}
}

func (k *Keeper) held(ctx context.Context) ([]string, error) {
	all := []string{}
	for _, rt := range k.runtimes {
		digests, err := rt.Artifacts(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, digests...)
	}
	return all, nil
}
