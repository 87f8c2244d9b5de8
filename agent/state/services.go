// Package state is what an agent must still know after a crash or a reboot: how each service's traffic is split, and how
// to start its replicas again. Environments are sealed: their plaintext is never on disk.
package state

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/disk"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// Service is where one service's traffic goes.
type Service struct {
	ID           string `json:"id"`
	Organization string `json:"org"`
	Project      string `json:"project"`
	// Split is how the traffic is divided between releases.
	Split traffic.Split `json:"split"`
	Hosts []string      `json:"hosts"`
	// Peers are the other servers that have replicas of it, or send requests here.
	Peers []wire.PeerEndpoint `json:"peers,omitempty"`
	// Left is true where the service has left this server: the edge passes its requests on to peers only.
	Left bool `json:"left,omitempty"`
	// Routed is false while the service is stopped: Split and Hosts then tell what it comes back as.
	Routed bool `json:"routed"`
}

// Store is the agent's memory. It is safe for concurrent use.
type Store struct {
	path  string
	specs string
	seal  sealer

	mu       sync.Mutex
	services map[string]Service
	releases map[key]Spec
	touched  map[string]time.Time

	// Problems tell a person of files that could not be read.
	Problems []string
}

type key struct{ service, release string }

// Open reads the state in dir, making it and its key when there is none.
func Open(dir string) (*Store, error) {
	s := &Store{
		path: filepath.Join(dir, "services.json"), specs: filepath.Join(dir, "specs"),
		services: map[string]Service{}, releases: map[key]Spec{}, touched: map[string]time.Time{},
	}
	if err := disk.Dir(s.specs); err != nil {
		return nil, err
	}
	var err error
	if s.seal, err = openSealer(filepath.Join(dir, "seal.key")); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(s.path)
	if err == nil {
		err = json.Unmarshal(data, &s.services)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		// The control plane tells what should have traffic, and the edge keeps its own table meanwhile.
		s.services = map[string]Service{}
		if err := s.setAside(s.path, err); err != nil {
			return nil, err
		}
	}
	return s, s.loadSpecs()
}

func (s *Store) setAside(path string, why error) error {
	problem, err := disk.SetAside(path, why)
	if err == nil {
		s.Problems = append(s.Problems, problem)
	}
	return err
}

// Service answers what is known of a service.
func (s *Store) Service(id string) (Service, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	svc, ok := s.services[id]
	return svc, ok
}

// Services answers the ids of all services that have traffic or replicas, in order.
func (s *Store) Services() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := map[string]bool{}
	for id := range s.services {
		ids[id] = true
	}
	for k := range s.releases {
		ids[k.service] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// PutService remembers where a service's traffic goes.
func (s *Store) PutService(svc Service) error {
	return s.changeServices(func(m map[string]Service) { m[svc.ID] = svc })
}

// DeleteService forgets a service's traffic.
func (s *Store) DeleteService(id string) error {
	return s.changeServices(func(m map[string]Service) { delete(m, id) })
}

func (s *Store) changeServices(change func(map[string]Service)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := maps.Clone(s.services)
	change(next)
	data, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if err := disk.Write(s.path, data); err != nil {
		return err
	}
	s.services = next
	return nil
}

// Touch notes that a command is busy with the service now.
func (s *Store) Touch(service string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touched[service] = at
}

// Touched answers when a command was last busy with the service since this agent started; zero when none was.
func (s *Store) Touched(service string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.touched[service]
}
