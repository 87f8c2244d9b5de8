package organization

import "slices"

// Role is what a member may do, from everything to nothing but what single projects allow.
type Role string

const (
	Owner     Role = "owner"
	Admin     Role = "admin"
	Developer Role = "developer"
	Viewer    Role = "viewer"
	// Guest is the role of who belongs to single projects only: it allows nothing in the organization itself.
	Guest Role = "guest"
)

// Roles lists them from the strongest to the weakest.
var Roles = []Role{Owner, Admin, Developer, Viewer, Guest}

// Valid reports whether r is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// InProject reports whether r can be given in a single project: everything but Guest, which gives nothing there.
func (r Role) InProject() bool { return r.Valid() && r != Guest }

// AtLeast reports whether r includes all that least allows.
func (r Role) AtLeast(least Role) bool {
	i, j := slices.Index(Roles, r), slices.Index(Roles, least)
	return i >= 0 && j >= 0 && i <= j
}

// Weaker returns the weaker of two roles; "" where one of them is no role.
func Weaker(a, b Role) Role {
	switch {
	case a.AtLeast(b):
		return b
	case b.AtLeast(a):
		return a
	}
	return ""
}
