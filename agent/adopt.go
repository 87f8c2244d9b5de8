package agent

import (
	"slices"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/edge/control"
)

// adopt takes over what the edge has when this agent has started. Replicas that have traffic are trusted: the edge probes
// them itself. And where the edge splits a service's traffic otherwise than the agent remembers, the agent was killed after
// the edge had moved and before it could write that down: the edge is right.
func (a *Agent) adopt(table control.Table, list []replica) error {
	for _, r := range list {
		if r.State == runtime.Running && routesToReplica(entryOf(table, r.Labels.Service), r) {
			a.readies.add(r.Instance)
		}
	}
	for i := range table.Services {
		if err := a.adoptSplit(&table.Services[i]); err != nil {
			return err
		}
	}
	return nil
}

func routesToReplica(entry *control.Service, r replica) bool {
	return entry != nil && slices.ContainsFunc(entry.Pools, func(p control.Pool) bool {
		return p.Release == r.Labels.Release && slices.Contains(p.LocalAddresses(), r.Address)
	})
}

// adoptSplit makes the agent remember how the edge splits a service's traffic. A service that the edge has no route for
// stays as the agent remembers it: the edge may have lost its table.
func (a *Agent) adoptSplit(entry *control.Service) error {
	split := splitOf(entry)
	unlock, free := a.locks.tryLock(entry.ID)
	if !free {
		return nil // a command is at work on it, and says where the traffic goes
	}
	defer unlock()
	svc, _ := a.state.Service(entry.ID)
	same := svc.Routed && svc.Split.Same(split) && sameNames(peerServers(svc.Peers), entry.Peers)
	if len(split) == 0 || same {
		return nil
	}
	for _, pool := range entry.Pools {
		if _, known := a.state.Spec(entry.ID, pool.Release); !known && len(pool.LocalAddresses()) > 0 {
			return nil // not one of ours
		}
	}
	for _, id := range split.Releases() {
		if err := a.setProven(entry.ID, id); err != nil {
			return err
		}
	}
	a.log.Info("agent: taking over how the edge splits a service's traffic", "service", entry.ID,
		"split", split, "was", svc.Split)
	return a.state.PutService(state.Service{
		ID:           entry.ID,
		Organization: entry.Organization,
		Project:      entry.Project,
		Split:        split,
		Hosts:        entry.Hosts,
		Peers:        peersOf(entry),
		Routed:       true,
	})
}
