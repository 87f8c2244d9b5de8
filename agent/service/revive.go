package service

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
)

// Pauses between revivals of one replica double from the first to the last; a replica that has run for calm begins anew.
const (
	firstRevival = time.Second
	lastRevival  = time.Minute
	calm         = 2 * time.Minute
)

// revivals remember how often replicas had to be started again.
type revivals struct {
	mu sync.Mutex
	of map[string]revival
}

type revival struct {
	tries int
	next  time.Time
	last  time.Time
}

// due says whether a dead replica may be started now, and counts the try.
func (r *revivals) due(name string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[string]revival{}
	}
	v := r.of[name]
	if now.Before(v.next) {
		return false
	}
	if now.Sub(v.last) > calm {
		v.tries = 0
	}
	r.of[name] = revival{tries: v.tries + 1, next: now.Add(min(firstRevival<<min(v.tries, 10), lastRevival)), last: now}
	return true
}

// revive starts the dead replicas of releases that had traffic and should still run. New releases are not revived: their
// deployment must see that they end.
func (k *Keeper) revive(ctx context.Context, service string, list []replica.Replica) error {
	states := map[string]runtime.State{}
	for _, r := range list {
		states[r.Name] = r.State
		if r.State == runtime.Exited && !k.stops.is(r.Name) && !k.meantToStop(r.Labels) {
			k.remarkEnd(r)
		}
	}
	for _, spec := range k.state.Specs(service) {
		if !spec.Running || !spec.Proven {
			continue
		}
		if err := k.reviveRelease(ctx, spec, states); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) reviveRelease(ctx context.Context, spec state.Spec, states map[string]runtime.State) error {
	s := spec.Start
	var dead []int
	for n := 1; n <= s.Replicas; n++ {
		name := replica.Name(s.Owner.Service, s.Release, n)
		if st := states[name]; st == runtime.Running || st == runtime.Restarting {
			continue
		}
		if k.revivals.due(name, time.Now()) {
			dead = append(dead, n)
		}
	}
	if len(dead) == 0 {
		return nil
	}
	rt, err := k.runtimes.Named(s.Runtime)
	if err != nil {
		return err
	}
	if err := k.launch(ctx, rt, s, dead, nil); err != nil {
		return fmt.Errorf("revive release %s: %w", s.Release, err)
	}
	k.kick() // to give them their share of the traffic
	k.log.Info("agent: replicas revived", "service", s.Owner.Service, "release", s.Release, "replicas", dead)
	return nil
}
