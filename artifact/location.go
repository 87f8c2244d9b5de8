package artifact

import "time"

// Location is a place where an artifact is.
type Location struct {
	// Server that holds it; "" is the registry.
	Server string    `json:"server,omitempty"`
	Since  time.Time `json:"since"`
}

// InRegistry reports whether the place is the registry.
func (l Location) InRegistry() bool { return l.Server == "" }
