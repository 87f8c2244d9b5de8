package service

import (
	"slices"

	"github.com/syntra-dev/syntra/domain"
)

// TargetKind says what a target is.
type TargetKind string

// ServerTarget is a server with an agent. It is the only kind so far.
const ServerTarget TargetKind = "server"

// Target is where replicas of a service run.
type Target struct {
	Kind TargetKind `json:"kind"`
	ID   string     `json:"id"`
	// Replicas that run there; 0 means as many as the service's settings, or its last scaling, ask for.
	Replicas int `json:"replicas,omitempty"`
}

// Placement is the targets of a service, in the order that its deployments take them.
type Placement []Target

// MaxTargets is on how many targets a service can run.
const MaxTargets = 10

// On returns the placement on servers, with as many replicas on each as the settings ask for. It is empty for no server.
func On(serverIDs ...string) Placement {
	var p Placement
	for _, id := range serverIDs {
		if id != "" {
			p = append(p, Target{Kind: ServerTarget, ID: id})
		}
	}
	return p
}

// Servers returns the ids of the servers in the placement, in its order.
func (p Placement) Servers() []string {
	ids := make([]string, 0, len(p))
	for _, t := range p {
		if t.Kind == ServerTarget {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// Has reports whether the service is placed on a server.
func (p Placement) Has(serverID string) bool { return slices.Contains(p.Servers(), serverID) }

// Without returns the servers of this placement that are not in another, in order.
func (p Placement) Without(other Placement) []string {
	return slices.DeleteFunc(p.Servers(), other.Has)
}

// replicas returns how many replicas run on a target, where the service's settings ask for so many.
func (t Target) replicas(asked int) int {
	if t.Replicas > 0 {
		return t.Replicas
	}
	return asked
}

// WithReplicas returns the placement with the number of replicas in every target, where the settings ask for so many.
func (p Placement) WithReplicas(asked int) Placement {
	out := slices.Clone(p)
	for i, t := range out {
		out[i].Replicas = t.replicas(asked)
	}
	return out
}

// Total returns how many replicas run on all targets together, where the settings ask for so many.
func (p Placement) Total(asked int) int {
	total := 0
	for _, t := range p {
		total += t.replicas(asked)
	}
	return total
}

// Follows reports whether a target has as many replicas as the settings ask for, whatever they ask for.
func (p Placement) Follows() bool {
	return slices.ContainsFunc(p, func(t Target) bool { return t.Replicas == 0 })
}

// Check refuses a placement that a service cannot have. asked is how many replicas the settings ask for.
func (p Placement) Check(asked int) error {
	if len(p) == 0 {
		return badPlacement("the placement is empty: name at least one server")
	}
	if len(p) > MaxTargets {
		return badPlacement("the placement names %d targets: use at most %d", len(p), MaxTargets)
	}
	for i, t := range p {
		switch {
		case t.Kind != ServerTarget:
			return badPlacement("target %d of the placement: kind %q is unknown: use server", i+1, t.Kind)
		case t.ID == "":
			return badPlacement("target %d of the placement names no server", i+1)
		case t.Replicas < 0:
			return badPlacement("server %s: %d replicas: use 1 or more, or 0 for as many as the settings ask for", t.ID, t.Replicas)
		case p[:i].Has(t.ID):
			return badPlacement("server %s is in the placement twice", t.ID)
		}
	}
	if total := p.Total(asked); total > MaxReplicas {
		return badPlacement("the placement asks for %d replicas on all servers together: use at most %d", total, MaxReplicas)
	}
	return nil
}

func badPlacement(format string, args ...any) error {
	return domain.Errorf(domain.Invalid, format, args...).WithReason("bad_placement")
}

// MayPlace refuses a placement that the service cannot have, or has already. It is asked before anything is done for it.
func (s *Service) MayPlace(targets Placement) error {
	if err := s.MustExist(); err != nil {
		return err
	}
	if err := targets.Check(s.DesiredReplicas()); err != nil {
		return err
	}
	if slices.Equal(targets, s.Placement) {
		return domain.Errorf(domain.Conflict, "service %q is placed like that already", s.Slug).WithReason("already_placed")
	}
	return nil
}

// Place records on which targets the service runs; recording it again changes nothing.
func (s *Service) Place(targets Placement, deploymentID string) ([]domain.Event, error) {
	if s.ID == "" {
		return nil, domain.Errorf(domain.NotFound, "service does not exist")
	}
	if err := targets.Check(s.DesiredReplicas()); err != nil {
		return nil, err
	}
	if slices.Equal(targets, s.Placement) {
		return nil, nil
	}
	return []domain.Event{Placed{Targets: targets, Previous: s.Placement, DeploymentID: deploymentID}}, nil
}
