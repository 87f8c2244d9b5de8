// Package reservation keeps a name unique across aggregates: one stream per name, written before the thing that uses it.
package reservation

import (
	"strings"

	"github.com/syntra-dev/syntra/domain"
)

// Kind is the space in which a name must be unique.
type Kind string

const (
	OrganizationSlug Kind = "organization"
	ProjectSlug      Kind = "project" // name: <organization>/<slug>
	ServiceSlug      Kind = "service" // name: <project>/<slug>
	ServerName       Kind = "server"  // name: <organization>/<name>
	Host             Kind = "host"    // name: the host itself, unique over all organizations
)

// Stream names the stream that guards the name.
func Stream(kind Kind, name string) string { return "name-" + string(kind) + ":" + name }

// Reserved gives the name to an owner (an id of ours).
type Reserved struct {
	Kind  Kind   `json:"kind"`
	Name  string `json:"name"`
	Owner string `json:"owner"`
}

// Released frees the name.
type Released struct {
	Owner string `json:"owner"`
}

func (Reserved) EventType() string { return "name.reserved" }
func (Released) EventType() string { return "name.released" }

// Reservation is who holds the name.
type Reservation struct {
	Owner string
}

// Apply folds one event.
func (r *Reservation) Apply(e domain.Event) {
	switch e := e.(type) {
	case Reserved:
		r.Owner = e.Owner
	case Released:
		r.Owner = ""
	}
}

// Reserve gives the name to owner, or says who has it. Reserving one's own name again changes nothing.
func (r *Reservation) Reserve(kind Kind, name, owner string) ([]domain.Event, error) {
	if owner == "" {
		return nil, domain.Errorf(domain.Invalid, "the %s name %q needs an owner", kind, name)
	}
	switch r.Owner {
	case owner:
		return nil, nil
	case "":
		return []domain.Event{Reserved{Kind: kind, Name: name, Owner: owner}}, nil
	}
	// What stands before the last slash is the space that the name must be unique in: an id that tells a person nothing.
	return nil, domain.Errorf(domain.Conflict, "the %s name %q is taken: choose another", kind, name[strings.LastIndex(name, "/")+1:]).WithReason("name_taken")
}

// Release frees the name if owner holds it.
func (r *Reservation) Release(owner string) ([]domain.Event, error) {
	if r.Owner != owner || owner == "" {
		return nil, nil
	}
	return []domain.Event{Released{Owner: owner}}, nil
}
