package control

// Protocol is how an endpoint is spoken to.
type Protocol string

// Protocols of endpoints.
const (
	// HTTP1 is a replica: HTTP/1.1 in the clear.
	HTTP1 Protocol = "http1"
	// Peer is the edge of another server: HTTP/1.1 over mutual TLS. It has replicas of its own to choose from.
	Peer Protocol = "peer"
)

// State says whether an endpoint may be given requests.
type State string

// States of endpoints.
const (
	Active State = "active"
	// Draining endpoints finish what they have and are given nothing new.
	Draining State = "draining"
)

// Endpoint is one address that a release's requests can be sent to.
type Endpoint struct {
	// ID is unique in its pool. An endpoint that keeps id, address, protocol and server keeps its connections.
	ID      string `json:"id"`
	Address string `json:"address"` // host:port
	// Server is the id of the server that it is on; empty for this one.
	Server   string   `json:"server,omitempty"`
	Zone     string   `json:"zone,omitempty"`
	Protocol Protocol `json:"protocol"` // empty: HTTP1
	State    State    `json:"state"`    // empty: Active
	// Replicas is how many replicas are behind the address, and so its share of the release's requests; 0 counts as 1.
	Replicas int `json:"replicas,omitempty"`
}

// Local returns the endpoints of replicas on this server, each known by its address.
func Local(addresses ...string) []Endpoint {
	out := make([]Endpoint, len(addresses))
	for i, a := range addresses {
		out[i] = Endpoint{ID: a, Address: a, Protocol: HTTP1, State: Active, Replicas: 1}
	}
	return out
}

// LocalAddresses returns the addresses of the pool's replicas on this server.
func (p Pool) LocalAddresses() []string {
	var out []string
	for _, e := range p.Endpoints {
		if e.Protocol != Peer {
			out = append(out, e.Address)
		}
	}
	return out
}
