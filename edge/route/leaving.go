package route

import (
	"time"

	"github.com/syntra-dev/syntra/edge/control"
)

// leavesWithin bounds how long a release that has left the table is kept for peers if nobody drains it.
const leavesWithin = 15 * time.Minute

// staysForPeers reports whether a release that leaves the table should still answer requests that peers have chosen it
// for: their tables may change a moment later. It does until it is drained.
func (r *Release) staysForPeers() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.drained && r.shares(true) > 0
}

// stayForPeers lets go of all endpoints but the replicas on this server, and of those when the release is drained.
func (r *Release) stayForPeers() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.leaving != nil {
		return
	}
	var local control.Pool
	for _, t := range r.targets {
		if t.Protocol != control.Peer {
			local.Endpoints = append(local.Endpoints, t.Endpoint)
		}
	}
	r.change(local, nil)
	r.leaving = time.AfterFunc(leavesWithin, r.left)
}

// left lets go of a release that stayed for peers; of one that has come back in the meantime it does not.
func (r *Release) left() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.leaving != nil {
		r.change(control.Pool{}, nil)
	}
}
