package service

import (
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
)

// remarkChanges tells what happened to replicas between two looks, other than by a command.
func (k *Keeper) remarkChanges(before, now []replica.Replica) {
	old := map[string]replica.Replica{}
	for _, r := range before {
		old[r.Name] = r
	}
	for _, r := range now {
		was, known := old[r.Name]
		if !known || k.stops.is(r.Name) {
			continue
		}
		switch {
		case r.Restarts > was.Restarts:
			k.logs.Remark(r.Labels, "replica %d %s and was restarted (%d times so far)", r.Labels.Replica, howEnded(r), r.Restarts)
		case was.State == runtime.Running && r.State == runtime.Exited && !k.meantToStop(r.Labels):
			k.remarkEnd(r)
		}
	}
}

func howEnded(r replica.Replica) string {
	if r.OOMKilled {
		return "was killed: out of memory"
	}
	return fmt.Sprintf("ended with exit code %d", r.ExitCode)
}

// remarkEnd tells how a replica ended, once for each of its runs: both the watcher's look and the revival that follows,
// which may have looked later, come by here.
func (k *Keeper) remarkEnd(r replica.Replica) {
	if last, told := k.endings.Swap(r.Name, r.StartedAt); told && r.StartedAt.Equal(last.(time.Time)) {
		return
	}
	k.logs.Remark(r.Labels, "replica %d %s", r.Labels.Replica, howEnded(r))
}

// meantToStop reports whether a release was told to stop.
func (k *Keeper) meantToStop(l runtime.Labels) bool {
	spec, known := k.state.Spec(l.Service, l.Release)
	return !known || !spec.Running
}
