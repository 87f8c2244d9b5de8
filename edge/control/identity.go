package control

import (
	"context"
	"net/http"
	"time"
)

// Identity is what the edge shows itself by to the edges of other servers, and knows them by. All three are PEM; see
// package authority.
type Identity struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	Authority   string `json:"authority"`
}

// PeerStatus says how other servers reach this edge.
type PeerStatus struct {
	Port int `json:"port"` // 0: it does not listen for them
	// Organization and Server are in the certificate that it shows; empty while it has none, and refuses everybody.
	Organization string `json:"org,omitempty"`
	Server       string `json:"server,omitempty"`
	// Until is when the certificate ends.
	Until time.Time `json:"until,omitzero"`
}

// PutIdentity replaces what the edge shows itself by. When it returns nil, new connections use it and it is on disk.
func (c *Client) PutIdentity(ctx context.Context, i Identity) error {
	return c.call(ctx, http.MethodPut, "/v1/identity", i, nil)
}
