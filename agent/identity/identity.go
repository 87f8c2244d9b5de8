// Package identity is who an agent installation is: a random id and the tokens it may show, kept in its data directory.
package identity

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/syntra-dev/syntra/agent/disk"
)

// kept is how many credentials stay on disk: the newest, which the hub may not have recorded yet, and the one before.
const kept = 2

// Identity holds the data directory's lock until Close.
type Identity struct {
	path string
	lock *os.File

	mu   sync.Mutex
	file file
}

type file struct {
	Instance string `json:"instance"`
	// Credentials, the newest first.
	Credentials []string `json:"credentials,omitempty"`
}

// Open locks the data directory and reads or makes the installation's identity.
func Open(dir string) (*Identity, error) {
	if err := disk.Dir(dir); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of data directory %s: %w", dir, err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("another agent is using the data directory %s: stop it, or give this one its own with --data", dir)
	}
	id := &Identity{path: filepath.Join(dir, "identity.json"), lock: lock}
	if err := id.load(); err != nil {
		_ = id.Close()
		return nil, err
	}
	return id, nil
}

func (i *Identity) load() error {
	data, err := os.ReadFile(i.path)
	if errors.Is(err, os.ErrNotExist) {
		i.file = file{Instance: "agt_" + rand.Text()}
		return i.save(i.file)
	}
	if err != nil {
		return fmt.Errorf("read the agent's identity: %w", err)
	}
	if err := json.Unmarshal(data, &i.file); err != nil || i.file.Instance == "" {
		return fmt.Errorf("the agent's identity in %s is damaged: delete the file and connect with a new join token", i.path)
	}
	return nil
}

func (i *Identity) save(f file) error {
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return disk.Write(i.path, data)
}

// Instance is the installation's random id, the same for ever.
func (i *Identity) Instance() string { return i.file.Instance }

// Tokens are what to show, in the order to try: the newest credential, the one before, and the join token.
func (i *Identity) Tokens(join string) []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	out := slices.Clone(i.file.Credentials)
	if join != "" {
		out = append(out, join)
	}
	return out
}

// Rotate keeps a new credential beside the one that the hub has just accepted. After it returns both survive a crash:
// whichever the hub has recorded, the agent holds it.
func (i *Identity) Rotate(credential, accepted string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	next := file{Instance: i.file.Instance, Credentials: []string{credential}}
	if slices.Contains(i.file.Credentials, accepted) && accepted != credential {
		next.Credentials = append(next.Credentials, accepted)
	}
	next.Credentials = next.Credentials[:min(kept, len(next.Credentials))]
	if err := i.save(next); err != nil {
		return err
	}
	i.file = next
	return nil
}

// Close releases the data directory.
func (i *Identity) Close() error { return i.lock.Close() }
