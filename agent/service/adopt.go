package service

import (
	"slices"

	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/edge/control"
)

// adopt takes over what the edge has when this agent has started. Replicas that have traffic are trusted: the edge probes
// them itself. And where the edge splits a service's traffic otherwise than the agent remembers, the agent was killed after
// the edge had moved and before it could write that down: the edge is right.
func (k *Keeper) adopt(table control.Table, list []replica.Replica) error {
	for _, r := range list {
		if r.State == runtime.Running && routesToReplica(entryOf(table, r.Labels.Service), r) {
			k.readies.add(r.Instance)
		}
	}
	for i := range table.Services {
		if err := k.adoptSplit(&table.Services[i]); err != nil {
			return err
		}
	}
	return nil
}

func routesToReplica(entry *control.Service, r replica.Replica) bool {
	return entry != nil && slices.ContainsFunc(entry.Pools, func(p control.Pool) bool {
		return p.Release == r.Labels.Release && slices.Contains(p.LocalAddresses(), r.Address)
	})
}

// adoptSplit makes the agent remember how the edge splits a service's traffic. A service that the edge has no route for
// stays as the agent remembers it: the edge may have lost its table.
func (k *Keeper) adoptSplit(entry *control.Service) error {
	split := splitOf(entry)
	unlock, free := k.locks.TryLock(entry.ID)
	if !free {
		return nil // a command is at work on it, and says where the traffic goes
	}
	defer unlock()
	svc, _ := k.state.Service(entry.ID)
	same := svc.Routed && svc.Split.Same(split) && sameNames(peerServers(svc.Peers), entry.Peers)
	if len(split) == 0 || same {
		return nil
	}
	for _, pool := range entry.Pools {
		if _, known := k.state.Spec(entry.ID, pool.Release); !known && len(pool.LocalAddresses()) > 0 {
			return nil // not one of ours
		}
	}
	for _, id := range split.Releases() {
		if err := k.setProven(entry.ID, id); err != nil {
			return err
		}
	}
	k.log.Info("agent: taking over how the edge splits a service's traffic", "service", entry.ID,
		"split", split, "was", svc.Split)
	return k.state.PutService(state.Service{
		ID:           entry.ID,
		Organization: entry.Organization,
		Project:      entry.Project,
		Split:        split,
		Hosts:        entry.Hosts,
		Peers:        peersOf(entry),
		Routed:       true,
	})
}
