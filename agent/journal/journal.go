// Package journal remembers commands and their outcomes across crashes, so that a command that comes again is answered
// with its first outcome. It holds ids and outcomes, never a command's data: that may carry secrets.
package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/syntra-dev/syntra/agent/disk"
	"github.com/syntra-dev/syntra/agent/wire"
)

// State of a command.
type State string

const (
	Accepted State = "accepted" // received
	Running  State = "running"  // begun; after a crash its outcome is unknown
	Done     State = "done"     // Result is its outcome for ever
)

// Entry is what is known of one command.
type Entry struct {
	ID     string       `json:"id"`
	Kind   wire.Kind    `json:"kind"`
	State  State        `json:"state"`
	At     time.Time    `json:"at"` // of the last change
	Result *wire.Result `json:"result,omitempty"`
	// Acked says that the hub has the outcome.
	Acked bool `json:"acked,omitempty"`
}

// Journal is one file per command. It is safe for concurrent use.
type Journal struct {
	dir string
	now func() time.Time

	mu      sync.Mutex
	entries map[string]Entry

	// Problems tell a person of files that could not be read. The commands in them are done again when they come again.
	Problems []string
}

// Open reads the journal in dir. now is the clock, for tests.
func Open(dir string, now func() time.Time) (*Journal, error) {
	if err := disk.Dir(dir); err != nil {
		return nil, err
	}
	j := &Journal{dir: dir, now: now, entries: map[string]Entry{}}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		if disk.IsAside(f.Name()) {
			continue
		}
		if !strings.HasSuffix(f.Name(), ".json") {
			_ = os.Remove(path) // half of an atomic write that a crash cut short
			continue
		}
		e, err := readEntry(path)
		if err == nil {
			j.entries[e.ID] = e
			continue
		}
		problem, err := disk.SetAside(path, err)
		if err != nil {
			return nil, fmt.Errorf("journal: %w", err)
		}
		j.Problems = append(j.Problems, problem)
	}
	return j, nil
}

func readEntry(path string) (e Entry, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return e, err
	}
	if e.ID == "" {
		return e, errors.New("it names no command")
	}
	return e, nil
}

// Accept notes that a command came. It answers what was known of it before, if anything.
func (j *Journal) Accept(id string, kind wire.Kind) (before Entry, known bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if before, known = j.entries[id]; known {
		return before, true, nil
	}
	return Entry{}, false, j.put(Entry{ID: id, Kind: kind, State: Accepted, At: j.now()})
}

// Start notes that a command has begun.
func (j *Journal) Start(id string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	e, known := j.entries[id]
	if !known || e.State != Accepted {
		return nil
	}
	e.State, e.At = Running, j.now()
	return j.put(e)
}

// Finish notes a command's outcome.
func (j *Journal) Finish(r wire.Result) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	e := j.entries[r.ID]
	e.ID, e.State, e.At, e.Result = r.ID, Done, j.now(), &r
	return j.put(e)
}

// Forget makes a command unknown again, so that it is done anew when it comes again.
func (j *Journal) Forget(id string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.remove(id)
}

// Ack notes that the hub has the outcome.
func (j *Journal) Ack(id string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	e, known := j.entries[id]
	if !known || e.State != Done || e.Acked {
		return nil
	}
	e.Acked = true
	return j.put(e)
}

// Unacked are outcomes that the hub may not have, the oldest first, at most limit.
func (j *Journal) Unacked(limit int) []wire.Result {
	j.mu.Lock()
	defer j.mu.Unlock()
	var waiting []Entry
	for _, e := range j.entries {
		if e.State == Done && !e.Acked {
			waiting = append(waiting, e)
		}
	}
	slices.SortFunc(waiting, func(a, b Entry) int { return a.At.Compare(b.At) })
	out := []wire.Result{}
	for _, e := range waiting[:min(limit, len(waiting))] {
		out = append(out, *e.Result)
	}
	return out
}

// Expire forgets what has not changed for longer than age.
func (j *Journal) Expire(age time.Duration) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	var errs []error
	for id, e := range j.entries {
		if j.now().Sub(e.At) > age {
			errs = append(errs, j.remove(id))
		}
	}
	return errors.Join(errs...)
}

func (j *Journal) put(e Entry) error {
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("journal: command %s: %w", e.ID, err)
	}
	if err := disk.Write(j.path(e.ID), data); err != nil {
		return fmt.Errorf("journal: command %s: %w", e.ID, err)
	}
	j.entries[e.ID] = e
	return nil
}

func (j *Journal) remove(id string) error {
	if _, known := j.entries[id]; !known {
		return nil
	}
	if err := os.Remove(j.path(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("journal: command %s: %w", id, err)
	}
	delete(j.entries, id)
	return nil
}

// path is a hash because ids are the hub's choice and may hold anything.
func (j *Journal) path(id string) string {
	sum := sha256.Sum256([]byte(id))
	return filepath.Join(j.dir, hex.EncodeToString(sum[:16])+".json")
}
