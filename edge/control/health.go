package control

import (
	"context"
	"net/http"
	"time"
)

// Health is how the edge asks a pool's replicas whether they are well, for as long as they are in the table.
type Health struct {
	// Path answers 2xx or 3xx where a replica is well; "": as probe.Ask finds out.
	Path string `json:"path"`
	// Lenient is well with any status below 500.
	Lenient bool `json:"lenient,omitempty"`
	// Host is the host name that is asked for.
	Host          string `json:"host,omitempty"`
	EveryMillis   int    `json:"every_millis"`
	TimeoutMillis int    `json:"timeout_millis"`
}

// Ailing is a replica that gets no requests as long as others of its release are well.
type Ailing struct {
	Service string    `json:"service"`
	Release string    `json:"release"`
	Address string    `json:"address"`
	Why     string    `json:"why"` // for a person
	Since   time.Time `json:"since"`
}

// Ailing returns the replicas that the edge has ejected.
func (c *Client) Ailing(ctx context.Context) ([]Ailing, error) {
	var out []Ailing
	err := c.call(ctx, http.MethodGet, "/v1/ailing", nil, &out)
	return out, err
}
