package projections

// Settings of a transaction that row-level security looks at. None is set: no row is seen.
const (
	settingProjector    = "syntra.projector"  // "on": all rows, and the right to write
	settingOrganization = "syntra.org_id"     // the rows of one organization
	settingTokenHash    = "syntra.token_hash" // the one row that this SHA-256 opens
	settingServer       = "syntra.server_id"  // what is on one server
	settingUser         = "syntra.user_id"    // one user's memberships
)

// setting reads a setting as SQL; unset or empty is NULL, which equals nothing.
func setting(name string) string { return "nullif(current_setting('" + name + "', true), '')" }

// scope says which rows a query may see.
type scope struct{ setting, value string }

func organizationScope(org string) scope { return scope{settingOrganization, org} }
