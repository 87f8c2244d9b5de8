package state

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/syntra-dev/syntra/agent/disk"
	"github.com/syntra-dev/syntra/agent/wire"
)

// Spec is how to run one release.
type Spec struct {
	Start wire.Start `json:"start"`
	// Running is false after a stop that keeps the replicas.
	Running bool `json:"running"`
	// Proven is true once the release has had traffic: from then on it is revived whenever it dies.
	Proven bool `json:"proven"`
	// Counted is the path by which the release passed its health gate, where its settings name none.
	Counted string `json:"counted,omitempty"`
	// At is when the last start of it was asked for.
	At time.Time `json:"at"`
}

// Spec answers how a release runs.
func (s *Store) Spec(service, release string) (Spec, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	spec, ok := s.releases[key{service, release}]
	return spec, ok
}

// Specs answers all releases of a service, or of every service for "", the oldest first.
func (s *Store) Specs(service string) []Spec {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Spec
	for k, spec := range s.releases {
		if service == "" || k.service == service {
			out = append(out, spec)
		}
	}
	slices.SortFunc(out, func(a, b Spec) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Start.Release, b.Start.Release))
	})
	return out
}

// PutSpec seals and keeps a release's spec.
func (s *Store) PutSpec(spec Spec) error {
	k := key{spec.Start.Owner.Service, spec.Start.Release}
	data, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	sealed, err := s.seal.seal(data, k)
	if err != nil {
		return fmt.Errorf("seal the spec of release %s: %w", k.release, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := disk.Write(s.specPath(k), sealed); err != nil {
		return err
	}
	s.releases[k] = spec
	return nil
}

// DeleteSpec forgets a release.
func (s *Store) DeleteSpec(service, release string) error {
	k := key{service, release}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.Remove(s.specPath(k)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget release %s: %w", release, err)
	}
	delete(s.releases, k)
	return nil
}

// specPath needs ids without separators; the agent checks them at the wire.
func (s *Store) specPath(k key) string {
	return filepath.Join(s.specs, k.service+"."+k.release+".sealed")
}

func (s *Store) loadSpecs() error {
	files, err := os.ReadDir(s.specs)
	if err != nil {
		return fmt.Errorf("read the sealed specs: %w", err)
	}
	for _, f := range files {
		if disk.IsAside(f.Name()) {
			continue
		}
		service, release, ok := strings.Cut(strings.TrimSuffix(f.Name(), ".sealed"), ".")
		if !ok || service == "" || !strings.HasSuffix(f.Name(), ".sealed") {
			_ = os.Remove(filepath.Join(s.specs, f.Name())) // half of an atomic write
			continue
		}
		k := key{service, release}
		spec, err := s.readSpec(k)
		if err == nil {
			s.releases[k] = spec
			continue
		}
		if err := s.setAside(s.specPath(k), err); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) readSpec(k key) (spec Spec, err error) {
	sealed, err := os.ReadFile(s.specPath(k))
	if err != nil {
		return spec, err
	}
	data, err := s.seal.open(sealed, k)
	if err != nil {
		return spec, fmt.Errorf("this data directory's key does not open it: %w; deploy the service again", err)
	}
	return spec, json.Unmarshal(data, &spec)
}
