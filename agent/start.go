package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/agent/wire"
)

// start makes a release have exactly the asked number of running replicas.
func (a *Agent) start(ctx context.Context, t *task, s wire.Start) (wire.Started, error) {
	rt, err := a.runtimeOf(s.Runtime)
	if err != nil {
		return wire.Started{}, err
	}
	if s.Replicas < 1 || s.Replicas > 1000 {
		return wire.Started{}, fmt.Errorf("%d replicas were asked for: use 1 to 1000, and stop for none", s.Replicas)
	}
	service, release := s.Owner.Service, s.Release
	if s.Pull != nil {
		if _, err := a.fetchArtifact(ctx, t, rt, s.Digest, *s.Pull); err != nil {
			return wire.Started{}, err
		}
		s.Pull = nil // its token is over soon, and not to be kept
	}
	if err := a.mustHave(ctx, rt, s.Digest); err != nil {
		return wire.Started{}, err
	}
	before, known := a.state.Spec(service, release)
	spec := state.Spec{Start: s, Running: true, Proven: known && before.Proven, At: time.Now()}
	// Kept before anything runs: from here on a crash leaves nothing behind that the agent does not know of.
	if err := a.state.PutSpec(spec); err != nil {
		return wire.Started{}, err
	}
	t.note(fmt.Sprintf("starting %d replicas", s.Replicas))
	if s.Recreate {
		if err := a.recreate(ctx, t, rt, spec); err != nil {
			return wire.Started{}, err
		}
	}
	if err := a.scale(ctx, rt, s); err != nil {
		return wire.Started{}, err
	}
	list, err := a.replicasOf(ctx, service, release)
	if err != nil {
		return wire.Started{}, err
	}
	out := wire.Started{}
	for _, r := range list {
		out.Instances = append(out.Instances, r.Instance)
	}
	return out, nil
}

func (a *Agent) mustHave(ctx context.Context, rt runtime.Runtime, digest string) error {
	has, err := rt.Has(ctx, digest)
	if err != nil {
		return fmt.Errorf("look for artifact %s: %w", digest, err)
	}
	if !has {
		return &runtime.Error{Code: runtime.CodeNoArtifact, Message: fmt.Sprintf("the artifact %s is not on this server any more: deploy the service again", digest)}
	}
	return nil
}

// scale starts what is missing and takes away what is too many.
func (a *Agent) scale(ctx context.Context, rt runtime.Runtime, s wire.Start) error {
	list, err := a.replicasOf(ctx, s.Owner.Service, s.Release)
	if err != nil {
		return err
	}
	had := map[string]runtime.State{}
	var extra []replica
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
	if err := a.launch(ctx, rt, s, numbers, had); err != nil {
		return err
	}
	for _, r := range extra {
		if err := a.retire(ctx, s, r); err != nil {
			return err
		}
	}
	return nil
}

// retire takes one replica off the edge, lets it finish, and removes it.
func (a *Agent) retire(ctx context.Context, s wire.Start, r replica) error {
	if err := a.takeOff(ctx, s, r); err != nil {
		return err
	}
	_, err := a.halt(ctx, []replica{r}, time.Duration(s.GraceSeconds)*time.Second, true)
	return err
}
