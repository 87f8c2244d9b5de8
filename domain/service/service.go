// Package service is a program that a team keeps running: its config, its live release and what was asked of it.
package service

import (
	"slices"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// Stream names the service's stream.
func Stream(id string) string { return "service-" + id }

// Service is the state that decisions need.
type Service struct {
	ID            string
	ProjectID     string
	Placement     Placement
	Slug          string
	Host          string
	Config        Config
	ConfigVersion int
	Releases      []string      // every release ever recorded, oldest first
	Split         traffic.Split // of the traffic; empty before the first deployment, and kept while the service is stopped
	Warm          []string      // earlier releases whose replicas still run, without traffic
	Stopped       bool
	Replicas      int // as last scaled; 0 means as configured
	Frozen        bool
	Deleted       bool
	operations    map[string]bool // id → ended
}

// Apply folds one event.
func (s *Service) Apply(e domain.Event) {
	switch e := e.(type) {
	case Created:
		s.ID, s.ProjectID, s.Placement, s.Slug, s.Host = e.ServiceID, e.ProjectID, e.Placement, e.Slug, e.Host
		s.Config, s.ConfigVersion = e.Config, 1
		s.operations = map[string]bool{}
	case Placed:
		s.Placement = e.Targets
	case ConfigChanged:
		if e.Config.Run.Replicas != s.Config.Run.Replicas {
			s.Replicas = 0
		}
		s.Config, s.ConfigVersion = e.Config, e.Version
	case ReleaseRecorded:
		s.Releases = append(s.Releases, e.ReleaseID)
	case TrafficShifted:
		s.Warm = append(slices.DeleteFunc(s.Warm, e.Split.Has), s.Split.Leaving(e.Split)...)
		s.Split, s.Stopped = e.Split, false
	case ReleaseRetired:
		s.Warm = slices.DeleteFunc(s.Warm, func(r string) bool { return r == e.ReleaseID })
	case OperationRequested:
		s.operations[e.OperationID] = false
	case OperationSucceeded:
		s.operations[e.OperationID] = true
		switch e.Kind {
		case Stop:
			s.Stopped = true
		case Start:
			s.Stopped = false
		case Scale:
			s.Replicas = e.Replicas
		}
	case OperationFailed:
		s.operations[e.OperationID] = true
	case AutoDeployFrozen:
		s.Frozen = true
	case AutoDeployResumed:
		s.Frozen = false
	case Deleted, Abandoned:
		s.Deleted = true
	}
}

// DesiredReplicas is how many copies should run.
func (s *Service) DesiredReplicas() int {
	if s.Replicas > 0 {
		return s.Replicas
	}
	return s.Config.WithDefaults().Run.Replicas
}

// Hosts is every name the edge answers to for this service.
func (s *Service) Hosts() []string { return append([]string{s.Host}, s.Config.Domains...) }

// Create opens the service.
func (s *Service) Create(c Created) ([]domain.Event, error) {
	if s.ID != "" {
		return nil, domain.Errorf(domain.Conflict, "service %s exists already", c.ServiceID)
	}
	if s.Deleted {
		return nil, domain.Errorf(domain.Conflict, "the creation of service %q took too long and was given up: send it again under a new Idempotency-Key", c.Slug).WithReason("abandoned")
	}
	if err := domain.CheckSlug("service", c.Slug); err != nil {
		return nil, err
	}
	if err := domain.CheckName("service", c.Name); err != nil {
		return nil, err
	}
	if err := c.Config.Check(); err != nil {
		return nil, err
	}
	if err := c.Placement.Check(c.Config.WithDefaults().Run.Replicas); err != nil {
		return nil, err
	}
	return []domain.Event{c}, nil
}

// Configure replaces the config. ifVersion is the version the caller has seen (its ETag); 0 overrides whatever is there.
func (s *Service) Configure(config Config, ifVersion int) ([]domain.Event, error) {
	if err := s.MustExist(); err != nil {
		return nil, err
	}
	if ifVersion != 0 && ifVersion != s.ConfigVersion {
		return nil, domain.Errorf(domain.Conflict, "the settings of service %q changed meanwhile (version %d, you edited %d): reload and apply your change again", s.Slug, s.ConfigVersion, ifVersion).WithReason("stale_version")
	}
	if err := config.Check(); err != nil {
		return nil, err
	}
	if config.Run.Replicas != s.Config.Run.Replicas {
		if err := s.Placement.Check(config.WithDefaults().Run.Replicas); err != nil {
			return nil, err
		}
	}
	return []domain.Event{ConfigChanged{Version: s.ConfigVersion + 1, Config: config}}, nil
}

// RecordRelease numbers a new release; recording it again changes nothing.
func (s *Service) RecordRelease(releaseID string) ([]domain.Event, error) {
	if err := s.MustExist(); err != nil {
		return nil, err
	}
	if s.NumberOf(releaseID) > 0 {
		return nil, nil
	}
	return []domain.Event{ReleaseRecorded{ReleaseID: releaseID, Number: len(s.Releases) + 1}}, nil
}

// NumberOf returns a release's number, or 0 where it was never recorded.
func (s *Service) NumberOf(releaseID string) int { return slices.Index(s.Releases, releaseID) + 1 }

// Live returns the release that takes most of the traffic, or did before the service was stopped; "" before the first
// deployment.
func (s *Service) Live() string { return s.Split.Live() }

// ShiftTraffic records how the traffic is split; recording it again changes nothing.
func (s *Service) ShiftTraffic(split traffic.Split, deploymentID string) ([]domain.Event, error) {
	if s.ID == "" {
		return nil, domain.Errorf(domain.NotFound, "service does not exist")
	}
	if err := split.Check(); err != nil {
		return nil, err
	}
	if s.Split.Same(split) && !s.Stopped {
		return nil, nil
	}
	return []domain.Event{TrafficShifted{Split: split, Previous: s.Split, DeploymentID: deploymentID}}, nil
}

// RetireRelease records that a warm release's replicas are gone.
func (s *Service) RetireRelease(releaseID string) ([]domain.Event, error) {
	if !slices.Contains(s.Warm, releaseID) {
		return nil, nil
	}
	return []domain.Event{ReleaseRetired{ReleaseID: releaseID}}, nil
}

// Freeze stops deployments that nobody asked for.
func (s *Service) Freeze(reason string) ([]domain.Event, error) {
	if s.ID == "" {
		return nil, domain.Errorf(domain.NotFound, "service does not exist")
	}
	if s.Frozen {
		return nil, nil
	}
	return []domain.Event{AutoDeployFrozen{Reason: reason}}, nil
}

// Resume lets them go on.
func (s *Service) Resume() ([]domain.Event, error) {
	if err := s.MustExist(); err != nil {
		return nil, err
	}
	if !s.Frozen {
		return nil, nil
	}
	return []domain.Event{AutoDeployResumed{}}, nil
}

// Delete closes the service.
func (s *Service) Delete() ([]domain.Event, error) {
	if err := s.MustExist(); err != nil {
		return nil, err
	}
	return []domain.Event{Deleted{}}, nil
}

// Abandon closes the stream of a service that was never created, so that a slow creation cannot come after; what is
// deleted or abandoned stays as it is. A service that exists is refused.
func (s *Service) Abandon() ([]domain.Event, error) {
	switch {
	case s.Deleted:
		return nil, nil
	case s.ID != "":
		return nil, domain.Errorf(domain.Conflict, "service %q exists", s.Slug)
	}
	return []domain.Event{Abandoned{}}, nil
}

// MustExist refuses what was never created or is deleted.
func (s *Service) MustExist() error {
	if s.ID == "" || s.Deleted {
		return domain.Errorf(domain.NotFound, "service does not exist")
	}
	return nil
}
