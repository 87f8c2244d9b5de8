package service

import (
	"context"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/agent/artifacts"
	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
)

// Start makes a release have exactly the asked number of running replicas.
func (k *Keeper) Start(ctx context.Context, note func(string), s wire.Start) (wire.Started, error) {
	rt, err := k.runtimes.Named(s.Runtime)
	if err != nil {
		return wire.Started{}, err
	}
	if s.Replicas < 1 || s.Replicas > 1000 {
		return wire.Started{}, fmt.Errorf("%d replicas were asked for: use 1 to 1000, and stop for none", s.Replicas)
	}
	service, release := s.Owner.Service, s.Release
	if s.Pull != nil {
		if _, err := k.opts.Artifacts.Fetch(ctx, note, rt, s.Digest, *s.Pull); err != nil {
			return wire.Started{}, err
		}
		s.Pull = nil // its token is over soon, and not to be kept
	}
	if err := artifacts.MustHave(ctx, rt, s.Digest); err != nil {
		return wire.Started{}, err
	}
	before, known := k.state.Spec(service, release)
	spec := state.Spec{
		Start:   s,
		Running: true,
		Proven:  known && before.Proven,
		Counted: before.Counted,
		At:      time.Now(),
	}
	// Kept before anything runs: from here on a crash leaves nothing behind that the agent does not know of.
	if err := k.state.PutSpec(spec); err != nil {
		return wire.Started{}, err
	}
	note(fmt.Sprintf("starting %d replicas", s.Replicas))
	if s.Recreate {
		if err := k.recreate(ctx, note, rt, spec); err != nil {
			return wire.Started{}, err
		}
	}
	if err := k.scale(ctx, rt, s); err != nil {
		return wire.Started{}, err
	}
	list, err := k.runtimes.Of(ctx, service, release)
	if err != nil {
		return wire.Started{}, err
	}
	out := wire.Started{}
	for _, r := range list {
		out.Instances = append(out.Instances, r.Instance)
	}
	return out, nil
}

// scale starts what is missing and takes away what is too many.
func (k *Keeper) scale(ctx context.Context, rt runtime.Runtime, s wire.Start) error {
	list, err := k.runtimes.Of(ctx, s.Owner.Service, s.Release)
	if err != nil {
		return err
	}
	had := map[string]runtime.State{}
	var extra []replica.Replica
	for _, r := range list {
		had[r.Name] = r.State
		if r.Labels.Replica > s.Replicas {
			extra = append(extra, r)
		}
	}
	var numbers []int
	for n := 1; n <= s.Replicas; n++ {
		numbers = append(numbers, n)
	}
	if err := k.launch(ctx, rt, s, numbers, had); err != nil {
		return err
	}
	for _, r := range extra {
		if err := k.retire(ctx, s, r); err != nil {
			return err
		}
	}
	return nil
}

// retire takes one replica off the edge, lets it finish, and removes it.
func (k *Keeper) retire(ctx context.Context, s wire.Start, r replica.Replica) error {
	if err := k.takeOff(ctx, s, r); err != nil {
		return err
	}
	_, err := k.halt(ctx, []replica.Replica{r}, time.Duration(s.GraceSeconds)*time.Second, true)
	return err
}
