package route

import (
	"fmt"
	"net"
	"strconv"

	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/edge/upstream"
)

// maxReplicas bounds how many replicas one endpoint may say that it stands for.
const maxReplicas = 10_000

// target is the living side of an endpoint.
type target struct {
	control.Endpoint
	up       *upstream.Upstream
	peer     bool // as its Protocol says, for those who do not hold the lock: it never changes
	inFlight int
	gone     bool
}

// place tells whether an endpoint is the same one as before: then its connections stay.
type place struct {
	id, address, server string
	protocol            control.Protocol
}

func placeOf(e control.Endpoint) place { return place{e.ID, e.Address, e.Server, e.Protocol} }

// choose takes the healthy endpoint with the least in flight for each of its replicas. Among equals the next one's turn
// comes as often as it has replicas. If all are marked down it still chooses: a mark is a guess, and the request finds
// out. Draining ones are never chosen.
// With local, only replicas on this server count.
func (r *Release) choose(not *target, local bool) *target {
	shares := r.shares(local)
	if shares == 0 {
		return nil
	}
	r.turn++
	first, turn := 0, r.turn%shares
	for ; turn >= r.targets[first].share(local); first++ {
		turn -= r.targets[first].share(local)
	}
	var best, down *target
	for i := range r.targets {
		t := r.targets[(first+i)%len(r.targets)]
		switch {
		case t == not || t.share(local) == 0:
		case t.up.Down():
			if down == nil || t.lessBusy(down) {
				down = t
			}
		case best == nil || t.lessBusy(best):
			best = t
		}
	}
	if best == nil {
		best = down
	}
	return best
}

// share is how many of the release's turns are the endpoint's.
func (t *target) share(local bool) int {
	if t.State != control.Active || local && t.Protocol == control.Peer {
		return 0
	}
	return t.Replicas
}

// shares are the turns of all endpoints together. The lock is held.
func (r *Release) shares(local bool) (n int) {
	for _, t := range r.targets {
		n += t.share(local)
	}
	return n
}

// lessBusy reports whether t has less in flight for each replica than other has.
func (t *target) lessBusy(other *target) bool {
	return t.inFlight*other.Replicas < other.inFlight*t.Replicas
}

// retireIfIdle lets go of an endpoint's connections when it has left and the last request has left it.
func (t *target) retireIfIdle() {
	if t.gone && t.inFlight == 0 {
		t.up.Close()
	}
}

// normaliseEndpoints checks a pool's endpoints and returns them with what was left open filled in.
func normaliseEndpoints(in []control.Endpoint) ([]control.Endpoint, error) {
	if len(in) > maxEndpoints {
		return nil, fmt.Errorf("more than %d endpoints", maxEndpoints)
	}
	out, ids, addresses := make([]control.Endpoint, 0, len(in)), map[string]bool{}, map[string]bool{}
	for _, e := range in {
		if e.Protocol == "" {
			e.Protocol = control.HTTP1
		}
		if e.State == "" {
			e.State = control.Active
		}
		e.Replicas = max(e.Replicas, 1)
		if err := checkEndpoint(e); err != nil {
			return nil, err
		}
		if ids[e.ID] || addresses[e.Address] {
			return nil, fmt.Errorf("endpoint %s (%s) stands twice", clip(e.ID), e.Address)
		}
		ids[e.ID], addresses[e.Address] = true, true
		out = append(out, e)
	}
	return out, nil
}

func checkEndpoint(e control.Endpoint) error {
	if e.ID == "" || len(e.ID) > maxID {
		return fmt.Errorf("an endpoint needs an id of 1 to %d characters", maxID)
	}
	host, port, err := net.SplitHostPort(e.Address)
	n, perr := strconv.Atoi(port)
	if err != nil || perr != nil || n < 1 || n > 65535 {
		return fmt.Errorf("endpoint %q is not host:port", clip(e.Address))
	}
	if _, err := ParseHost(host); err != nil {
		return fmt.Errorf("endpoint %q: %w", clip(e.Address), err)
	}
	if e.Protocol != control.HTTP1 && e.Protocol != control.Peer {
		return fmt.Errorf("endpoint %s: protocol %q is unknown", e.Address, clip(string(e.Protocol)))
	}
	if e.Protocol == control.Peer {
		if err := checkID("server", e.Server); err != nil {
			return fmt.Errorf("endpoint %s: %w", e.Address, err)
		}
	}
	if e.State != control.Active && e.State != control.Draining {
		return fmt.Errorf("endpoint %s: state %q is neither active nor draining", e.Address, clip(string(e.State)))
	}
	if e.Replicas > maxReplicas {
		return fmt.Errorf("endpoint %s: more than %d replicas", e.Address, maxReplicas)
	}
	return nil
}
