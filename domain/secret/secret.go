// Package secret is a service's environment: named values, each change a new version of the whole set.
// Events carry references only; the ciphertexts live in the vault, under those references.
package secret

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/syntra-dev/syntra/domain"
)

// Stream names the stream of a service's environment.
func Stream(serviceID string) string { return "secret-" + serviceID }

// Limits of one environment.
const (
	MaxNames     = 200
	MaxNameLen   = 128
	MaxValueSize = 64 << 10 // bytes
)

// Ref points to one encrypted value: "secret:<name>@<version>" within the service.
type Ref string

// NewRef is the reference of a name at a version.
func NewRef(name string, version int) Ref { return Ref(fmt.Sprintf("secret:%s@%d", name, version)) }

// Changed replaces the environment by its next version.
type Changed struct {
	ServiceID string         `json:"service_id"`
	Version   int            `json:"version"`
	Set       map[string]Ref `json:"set,omitempty"`
	Unset     []string       `json:"unset,omitempty"`
}

func (Changed) EventType() string { return "secret.changed" }

// Environment is the state that decisions need; Versions holds the full reference set of each version.
type Environment struct {
	Version  int
	Versions map[int]map[string]Ref
}

// Apply folds one event.
func (s *Environment) Apply(e domain.Event) {
	c, ok := e.(Changed)
	if !ok {
		return
	}
	next := map[string]Ref{}
	maps.Copy(next, s.Versions[s.Version])
	maps.Copy(next, c.Set)
	for _, name := range c.Unset {
		delete(next, name)
	}
	if s.Versions == nil {
		s.Versions = map[int]map[string]Ref{}
	}
	s.Version, s.Versions[c.Version] = c.Version, next
}

// At returns the references of a version; version 0 is the empty environment.
func (s *Environment) At(version int) map[string]Ref { return s.Versions[version] }

var namePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// reserved are the names that Syntra gives values of its own, and what to do instead of setting them.
var reserved = map[string]string{
	"PORT":              "it is where a replica must listen: change the port in the service's settings",
	"HOST":              "it is the address that a replica must listen on, so that only the edge reaches it: give yours another name",
	"SYNTRA_PROJECT":    "it tells a program where it runs: give yours another name",
	"SYNTRA_SERVICE":    "it tells a program where it runs: give yours another name",
	"SYNTRA_RELEASE":    "it tells a program where it runs: give yours another name",
	"SYNTRA_DEPLOYMENT": "it tells a program where it runs: give yours another name",
	"SYNTRA_REPLICA":    "it tells a program where it runs: give yours another name",
}

// CheckName refuses a name that no shell could hold, or that the platform sets itself.
func CheckName(name string) error {
	if len(name) > MaxNameLen || !namePattern.MatchString(name) {
		return domain.Errorf(domain.Invalid, "variable name %q is not valid: letters, digits and underscores, not starting with a digit, at most %d", name, MaxNameLen).WithReason("bad_name")
	}
	if why, is := reserved[name]; is {
		return domain.Errorf(domain.Invalid, "variable %s is set by Syntra: %s", name, why).WithReason("reserved_name")
	}
	return nil
}

// CheckValue refuses a value that no environment of a process can hold, or that is too large to keep. Every other value is
// kept byte for byte, the empty one too. The error does not repeat the value.
func CheckValue(name, value string) error {
	if strings.ContainsRune(value, 0) {
		return domain.Errorf(domain.Invalid, "the value of variable %s has a NUL byte, which ends a value for every program: "+
			"encode it, such as with base64", name).WithReason("bad_value")
	}
	if size := len(value); size > MaxValueSize {
		return domain.Errorf(domain.TooLarge, "variable %s has %d bytes, at most %d are kept: put the content into a file of the source",
			name, size, MaxValueSize).WithReason("value_too_large")
	}
	return nil
}

// Change decides the next version. The caller stores the ciphertexts under NewRef(name, Version+1) before appending.
func (s *Environment) Change(serviceID string, set, unset []string) ([]domain.Event, error) {
	c := Changed{ServiceID: serviceID, Version: s.Version + 1, Set: map[string]Ref{}}
	for _, name := range set {
		if err := CheckName(name); err != nil {
			return nil, err
		}
		c.Set[name] = NewRef(name, c.Version)
	}
	now := s.At(s.Version)
	size := len(now)
	for name := range c.Set {
		if _, has := now[name]; !has {
			size++
		}
	}
	for _, name := range unset {
		if _, has := now[name]; has && c.Set[name] == "" && !slices.Contains(c.Unset, name) {
			c.Unset = append(c.Unset, name)
			size--
		}
	}
	if len(c.Set)+len(c.Unset) == 0 {
		return nil, nil
	}
	if size > MaxNames {
		return nil, domain.Errorf(domain.TooLarge, "an environment holds at most %d variables", MaxNames)
	}
	return []domain.Event{c}, nil
}
