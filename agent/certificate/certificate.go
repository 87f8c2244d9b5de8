// Package certificate keeps what other servers know this one by: a key that was made here and a certificate that the
// control plane signed.
package certificate

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/disk"
	"github.com/syntra-dev/syntra/authority"
	"github.com/syntra-dev/syntra/edge/control"
)

// Store is the file of one agent. It is safe for concurrent use.
type Store struct {
	path string

	mu      sync.Mutex
	current control.Identity
	pair    *tls.Certificate // nil: there is none
}

// Open reads the certificate in dir. One that cannot be used counts as none: the next is asked for.
func Open(dir string, log *slog.Logger) (*Store, error) {
	s := &Store{path: filepath.Join(dir, "certificate.json")}
	data, err := os.ReadFile(s.path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the server's certificate: %w", err)
	}
	var i control.Identity
	if err = json.Unmarshal(data, &i); err == nil {
		err = s.use(i)
	}
	if err != nil {
		log.Warn("agent: the server's certificate cannot be used; asking for another", "file", s.path, "error", err)
	}
	return s, nil
}

func (s *Store) use(i control.Identity) error {
	pair, err := tls.X509KeyPair([]byte(i.Certificate), []byte(i.Key))
	if err != nil {
		return err
	}
	if _, err := authority.NameOf(pair.Leaf); err != nil {
		return err
	}
	s.current, s.pair = i, &pair
	return nil
}

// Put keeps a new certificate in place of the old one. When it returns nil it survives a loss of power.
func (s *Store) Put(i control.Identity) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.use(i); err != nil {
		return fmt.Errorf("the control plane's certificate does not fit: %w", err)
	}
	data, err := json.Marshal(i)
	if err != nil {
		return err
	}
	return disk.Write(s.path, data)
}

// Current returns the certificate with its key, and when it ends; false where there is none.
func (s *Store) Current() (i control.Identity, until time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pair == nil {
		return i, until, false
	}
	return s.current, s.pair.Leaf.NotAfter, true
}

// Due reports whether the next certificate should be asked for: there is none for this name, or two thirds of its life
// are over.
func (s *Store) Due(name authority.Name, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pair == nil {
		return true
	}
	leaf := s.pair.Leaf
	known, err := authority.NameOf(leaf)
	life := leaf.NotAfter.Sub(leaf.NotBefore)
	return err != nil || known != name || now.After(leaf.NotBefore.Add(life*2/3)) || now.Before(leaf.NotBefore)
}
