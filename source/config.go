package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/service"
)

// ConfigFile is the name of the file in a source that overrides the service's settings.
const ConfigFile = "syntra.yaml"

const maxConfig = 256 << 10

// File is what a syntra.yaml may say. Fields that it leaves out keep the service's settings.
type File struct {
	// Project and Service are the defaults of `syn deploy`.
	Project string          `json:"project,omitempty"`
	Service string          `json:"service,omitempty"`
	Build   service.Build   `json:"build,omitzero"`
	Run     service.Run     `json:"run,omitzero"`
	Health  service.Health  `json:"health,omitzero"`
	Rollout service.Rollout `json:"rollout,omitzero"`
	Domains []string        `json:"domains,omitempty"`
	// Placement is where `syn deploy` places the service.
	Placement []Target `json:"placement,omitempty"`
}

// Target is a server that a service runs on, by name.
type Target struct {
	Server string `json:"server"`
	// Replicas that run there; 0 means as many as run.replicas says.
	Replicas int `json:"replicas,omitempty"`
}

// Config reads the syntra.yaml (or .yml) of a source; nil where there is none. A file that is wrong is a *runtime.Error of
// code CodeBadSource that names file and line.
func Config(dir string) (*File, error) {
	for _, name := range []string{ConfigFile, "syntra.yml"} {
		raw, err := readSmall(filepath.Join(dir, name), maxConfig)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, badSource("%s: %v", name, err)
		}
		return ParseConfig(name, raw)
	}
	return nil, nil
}

// ParseConfig reads the content of a syntra.yaml; name is for messages.
func ParseConfig(name string, raw []byte) (*File, error) {
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return &File{}, nil
		}
		return nil, badSource("%s: %v", name, err)
	}
	value, err := checkNode(doc.Content[0], fileShape(), "")
	if err != nil {
		return nil, badSource("%s:%v", name, err)
	}
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, badSource("%s: %v", name, err)
	}
	var f File
	if err := json.Unmarshal(plain, &f); err != nil {
		return nil, badSource("%s: %v", name, err)
	}
	if f.Domains, err = domain.ParseHosts(f.Domains); err != nil {
		return nil, badSource("%s: %v", name, err)
	}
	said := service.Config{Build: f.Build, Run: f.Run, Health: f.Health, Rollout: f.Rollout, Domains: f.Domains}
	if err := said.Check(); err != nil {
		return nil, badSource("%s: %v", name, err)
	}
	if err := checkPlacement(f.Placement); err != nil {
		return nil, badSource("%s: %v", name, err)
	}
	return &f, nil
}

func checkPlacement(targets []Target) error {
	for i, t := range targets {
		switch {
		case t.Server == "":
			return fmt.Errorf("placement[%d] names no server", i)
		case slices.ContainsFunc(targets[:i], func(other Target) bool { return other.Server == t.Server }):
			return fmt.Errorf("placement: server %s is there twice", t.Server)
		}
	}
	return nil
}

// Overrides are what the file says of one release, for service.Config.Overlay; nil where there is no file.
func (f *File) Overrides() (json.RawMessage, error) {
	if f == nil {
		return nil, nil
	}
	return json.Marshal(service.Config{Build: f.Build, Run: f.Run, Health: f.Health, Rollout: f.Rollout})
}

func readSmall(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("over the limit of %d KB", limit>>10)
	}
	return raw, err
}

func badSource(format string, args ...any) error {
	return &runtime.Error{Code: runtime.CodeBadSource, Message: fmt.Sprintf(format, args...)}
}
