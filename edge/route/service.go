package route

import (
	"fmt"
	"slices"

	"github.com/syntra-dev/syntra/edge/control"
)

// Bounds of what the control API takes. They are far beyond real use; they keep a mistake from eating the edge.
const (
	maxID        = 128
	maxHosts     = 256
	maxPools     = 16
	maxEndpoints = 256
	maxWeight    = 10_000
)

// service is a table's entry.
type service struct {
	control.Service
	draw     draw                // of the releases that take traffic; empty if nothing runs
	releases map[string]*Release // of all pools, and those that stay for peers
}

// normalise checks what the agent sent and returns it with host names in the form that requests are looked up by.
func normalise(s control.Service) (control.Service, error) {
	if err := checkID("service", s.ID); err != nil {
		return s, err
	}
	if len(s.Hosts) > maxHosts || len(s.Pools) > maxPools {
		return s, fmt.Errorf("service %s: at most %d hosts and %d pools", s.ID, maxHosts, maxPools)
	}
	hosts := make([]string, 0, len(s.Hosts))
	for _, raw := range s.Hosts {
		h, err := ParseHost(raw)
		if err != nil {
			return s, fmt.Errorf("service %s: %w", s.ID, err)
		}
		if !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	s.Hosts = hosts
	pools := make([]control.Pool, 0, len(s.Pools))
	seen := map[string]bool{}
	for _, p := range s.Pools {
		if err := checkPool(p); err != nil {
			return s, fmt.Errorf("service %s: %w", s.ID, err)
		}
		if seen[p.Release] {
			return s, fmt.Errorf("service %s: release %s stands in two pools", s.ID, p.Release)
		}
		seen[p.Release] = true
		endpoints, err := normaliseEndpoints(p.Endpoints)
		if err != nil {
			return s, fmt.Errorf("service %s: release %s: %w", s.ID, p.Release, err)
		}
		p.Endpoints = endpoints
		pools = append(pools, p)
	}
	s.Pools = pools
	if len(s.Peers) > maxEndpoints {
		return s, fmt.Errorf("service %s: more than %d peers", s.ID, maxEndpoints)
	}
	for _, id := range s.Peers {
		if err := checkID("server", id); err != nil {
			return s, fmt.Errorf("service %s: peer: %w", s.ID, err)
		}
	}
	s.Peers = slices.Clone(s.Peers)
	return s, nil
}

func checkPool(p control.Pool) error {
	if err := checkID("release", p.Release); err != nil {
		return err
	}
	if p.Weight < 0 || p.Weight > maxWeight {
		return fmt.Errorf("release %s: weight %d is not within 0 and %d", p.Release, p.Weight, maxWeight)
	}
	return nil
}

func checkID(what, id string) error {
	if id == "" || len(id) > maxID {
		return fmt.Errorf("a %s needs an id of 1 to %d characters", what, maxID)
	}
	for _, c := range id {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != '.' {
			return fmt.Errorf("%s id %q: only letters, digits, '_', '-' and '.'", what, clip(id))
		}
	}
	return nil
}

// takesTraffic reports whether requests go to the pool.
func takesTraffic(p control.Pool) bool {
	return p.Weight > 0 && slices.ContainsFunc(p.Endpoints, func(e control.Endpoint) bool { return e.State == control.Active })
}
