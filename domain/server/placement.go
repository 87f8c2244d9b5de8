package server

import (
	"slices"

	"github.com/syntra-dev/syntra/domain"
)

// MaxServices bounds the services of one server, and with them the state that each decision loads.
const MaxServices = 1000

// ServicePlaced puts a service on the server. It is written before the service's own creation, so that the
// server's stream decides between "remove the unused server" and "create a service on it".
type ServicePlaced struct {
	ServiceID string `json:"service_id"`
}

// ServiceUnplaced takes a service off the server: the service is deleted, or its creation was given up.
type ServiceUnplaced struct {
	ServiceID string `json:"service_id"`
}

func (ServicePlaced) EventType() string   { return "server.service_placed" }
func (ServiceUnplaced) EventType() string { return "server.service_unplaced" }

// PlaceService puts a service on the server; placing it again changes nothing.
func (s *Server) PlaceService(serviceID string) ([]domain.Event, error) {
	if err := s.mustExist(); err != nil {
		return nil, err
	}
	if slices.Contains(s.Services, serviceID) {
		return nil, nil
	}
	if len(s.Services) >= MaxServices {
		return nil, domain.Errorf(domain.Conflict, "server %q has %d services, which is the most: use another server",
			s.Name, len(s.Services)).WithReason("server_full")
	}
	return []domain.Event{ServicePlaced{ServiceID: serviceID}}, nil
}

// UnplaceService takes a service off the server; unplacing what is not there changes nothing.
func (s *Server) UnplaceService(serviceID string) ([]domain.Event, error) {
	if !slices.Contains(s.Services, serviceID) {
		return nil, nil
	}
	return []domain.Event{ServiceUnplaced{ServiceID: serviceID}}, nil
}
