package service

import "github.com/syntra-dev/syntra/domain"

// RequestOperation asks for stop, start, restart or scale; the same request again changes nothing.
func (s *Service) RequestOperation(o OperationRequested) ([]domain.Event, error) {
	if err := s.MustExist(); err != nil {
		return nil, err
	}
	if _, asked := s.operations[o.OperationID]; asked {
		return nil, nil
	}
	if s.Live() == "" {
		return nil, domain.Errorf(domain.Conflict, "service %q has no release yet: deploy it first", s.Slug).WithReason("never_deployed")
	}
	switch o.Kind {
	case Stop, Start, Restart:
	case Scale:
		if o.Replicas < 1 || o.Replicas > MaxReplicas {
			return nil, domain.Errorf(domain.Invalid, "replicas %d: use 1 to %d, or stop the service", o.Replicas, MaxReplicas)
		}
		if !s.Placement.Follows() {
			return nil, domain.Errorf(domain.Conflict, "every server of service %q has its own number of replicas: "+
				"change its placement", s.Slug).WithReason("placed_replicas")
		}
		if err := s.Placement.Check(o.Replicas); err != nil {
			return nil, err
		}
	default:
		return nil, domain.Errorf(domain.Invalid, "operation %q is unknown: use stop, start, restart or scale", o.Kind)
	}
	return []domain.Event{o}, nil
}

// EndOperation records its outcome: success where reason is empty. Recording it again changes nothing.
func (s *Service) EndOperation(id string, kind OperationKind, replicas int, reason string) ([]domain.Event, error) {
	ended, known := s.operations[id]
	if !known {
		return nil, domain.Errorf(domain.NotFound, "operation %s was never requested", id)
	}
	if ended {
		return nil, nil
	}
	if reason != "" {
		return []domain.Event{OperationFailed{OperationID: id, Kind: kind, Reason: reason}}, nil
	}
	return []domain.Event{OperationSucceeded{OperationID: id, Kind: kind, Replicas: replicas}}, nil
}
