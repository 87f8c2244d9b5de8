package organization

import "slices"

// Role is what a member may do, from everything to looking only.
type Role string

const (
	Owner     Role = "owner"
	Admin     Role = "admin"
	Developer Role = "developer"
	Viewer    Role = "viewer"
)

// Roles lists them from the strongest to the weakest.
var Roles = []Role{Owner, Admin, Developer, Viewer}

// Valid says whether r is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// AtLeast says whether r includes all that least allows.
func (r Role) AtLeast(least Role) bool {
	i, j := slices.Index(Roles, r), slices.Index(Roles, least)
	return i >= 0 && j >= 0 && i <= j
}
