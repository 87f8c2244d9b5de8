// Package control is how the agent drives its edge: HTTP with JSON over a Unix socket. It holds the messages and the
// client, and imports nothing heavy, so that the agent need not link the proxy.
package control

// Service is all the edge knows of one service. PUT /v1/services/<id> replaces it atomically and answers once every
// new request goes to the new pools; a request that is under way stays where it is.
type Service struct {
	ID    string   `json:"id"`
	Hosts []string `json:"hosts"`
	// Pools share the traffic by weight, in parts of 10,000. One pool with weight 10,000 is the usual case. The weight of
	// a pool without active endpoints goes to the others.
	Pools []Pool `json:"pools"`
	// Peers are the servers whose edges may send the service's requests here: to replicas on this server, never further.
	Peers []string `json:"peers,omitempty"`
	// Organization and Project label what the edge measures.
	Organization string `json:"org"`
	Project      string `json:"project"`
}

// Pool is one release's replicas.
type Pool struct {
	Release   string     `json:"release"`
	Weight    int        `json:"weight"`
	Endpoints []Endpoint `json:"endpoints"`
	Health    *Health    `json:"health,omitempty"`
}

// DrainRequest is for POST /v1/services/<id>/drain, which answers when nothing is under way to the release any more. After Seconds
// it cuts plain requests, after WebSocketSeconds WebSockets. A release that still takes traffic is refused with 409.
type DrainRequest struct {
	Release string `json:"release"`
	// Endpoint, when set, narrows the drain to the one with this id, for scaling a release down: PUT the pool without it
	// first, or with its state Draining.
	Endpoint         string `json:"endpoint,omitempty"`
	Seconds          int    `json:"seconds"`
	WebSocketSeconds int    `json:"websocket_seconds"`
}

// DrainResponse says what had to be cut.
type DrainResponse struct {
	Cut    int   `json:"cut"`
	Millis int64 `json:"millis"`
}

// Table answers GET /v1/table.
type Table struct {
	Services []Service `json:"services"`
}

// Status answers GET /v1/status.
type Status struct {
	PID       int    `json:"pid"`
	Version   string `json:"version"`
	HTTPPort  int    `json:"http_port"`
	HTTPSPort int    `json:"https_port"` // 0: not listening
	// Peer is how other servers reach this edge.
	Peer PeerStatus `json:"peer"`
}

// ReleaseStats is what the edge measured of one release since it was first routed; GET /v1/stats answers []ReleaseStats.
// Latency is the time to the head of the response. An edge that was killed counts from zero again; one that was taken
// over hands its counts on. A release's counts stay readable for an hour after it has left the table.
type ReleaseStats struct {
	Service  string `json:"service"`
	Release  string `json:"release"`
	Requests uint64 `json:"requests"`
	Errors   uint64 `json:"errors"` // 5xx, the edge's own included
	InFlight int64  `json:"in_flight"`
	// LatencyBuckets counts requests up to each of LatencyBounds (seconds), not cumulated; one more for the rest.
	LatencyBuckets []uint64 `json:"latency_buckets"`
	// LatencySum is the sum of the latencies counted, in seconds.
	LatencySum float64 `json:"latency_sum"`
}

// LatencyBounds are the histogram's upper bounds in seconds.
var LatencyBounds = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
