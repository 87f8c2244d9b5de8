// Package state keeps what the edge must know again after it was killed: its table, the ports it chose, and what it
// shows itself by.
package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/syntra-dev/syntra/edge/control"
)

const (
	tableFile    = "table.json"
	portsFile    = "ports.json"
	identityFile = "identity.json"
	format       = 1
)

// Dir is the edge's data directory.
type Dir string

// Ports are the addresses that the edge listened on.
type Ports struct {
	HTTP  string `json:"http"`
	HTTPS string `json:"https,omitempty"`
	Peer  string `json:"peer,omitempty"`
}

type tableDocument struct {
	Format int `json:"format"`
	control.Table
}

// Open makes the directory if need be; nobody but its owner may look into it.
func Open(path string) (Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("edge's data directory: %w", err)
	}
	return Dir(path), nil
}

// SaveTable replaces the table. When it returns, the new one survives a loss of power; at no moment is there none.
func (d Dir) SaveTable(t control.Table) error {
	return d.save(tableFile, tableDocument{format, t})
}

// LoadTable reads the table, empty if there never was one. A file that cannot be understood is put aside, so that a
// person can look at it, and the edge starts empty: the agent will tell it everything again. No other edge may be
// writing: what a killed one had half written is removed.
func (d Dir) LoadTable(log *slog.Logger) (control.Table, error) {
	half, _ := filepath.Glob(filepath.Join(string(d), "*.new-*"))
	for _, f := range half {
		_ = os.Remove(f)
	}
	var doc tableDocument
	err := d.load(tableFile, &doc)
	if err == nil && doc.Format != format {
		err = fmt.Errorf("%w: format %d, this edge knows %d", errCorrupt, doc.Format, format)
	}
	if errors.Is(err, errCorrupt) {
		return control.Table{}, d.aside(log, err)
	}
	return doc.Table, err
}

// SavePorts remembers the addresses listened on.
func (d Dir) SavePorts(p Ports) error { return d.save(portsFile, p) }

// LoadPorts reads them back; zero if there are none or they cannot be understood.
func (d Dir) LoadPorts() Ports {
	var p Ports
	if d.load(portsFile, &p) != nil {
		return Ports{}
	}
	return p
}

// SaveIdentity remembers what the edge shows itself by.
func (d Dir) SaveIdentity(i control.Identity) error { return d.save(identityFile, i) }

// LoadIdentity reads it back; zero if there is none.
func (d Dir) LoadIdentity() (control.Identity, error) {
	var i control.Identity
	return i, d.load(identityFile, &i)
}

var errCorrupt = errors.New("file is corrupt")

func (d Dir) load(name string, into any) error {
	b, err := os.ReadFile(filepath.Join(string(d), name))
	if errors.Is(err, fs.ErrNotExist) {
		if doc, ok := into.(*tableDocument); ok {
			doc.Format = format
		}
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%w: %s: %w", errCorrupt, name, err)
	}
	return nil
}

// Aside puts a table that cannot be used out of the way.
func (d Dir) aside(log *slog.Logger, cause error) error {
	from := filepath.Join(string(d), tableFile)
	to := fmt.Sprintf("%s.corrupt-%s", from, time.Now().UTC().Format("20060102T150405.000"))
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("putting the corrupt table aside: %w", err)
	}
	log.Error("the saved table cannot be read; the edge starts with an empty one", "error", cause, "kept_as", to)
	return nil
}

func (d Dir) save(name string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(string(d), name+".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once renamed, as it should
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("writing %s: %w", f.Name(), err)
	}
	if err := os.Rename(f.Name(), filepath.Join(string(d), name)); err != nil {
		return err
	}
	dir, err := os.Open(string(d)) // the rename itself must reach the disk
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
