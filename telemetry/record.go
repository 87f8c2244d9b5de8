// Package telemetry is the road of log lines (later: spans and samples) from agents to ClickHouse and back to readers.
// Telemetry is never an event: it refers to services and deployments by id.
package telemetry

import "time"

// Stream says where a line came from.
type Stream string

const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
	Build  Stream = "build"
	System Stream = "system" // Syntra's own remarks: started, stopped, killed for memory
	// Gap marks lines that are known to be lost; Body says how many and why.
	Gap Stream = "gap"
)

// Record is one log line.
type Record struct {
	// At is when the line was written on the server, in nanoseconds' resolution.
	At           time.Time `json:"at"`
	Organization string    `json:"org"`
	Project      string    `json:"project"`
	Service      string    `json:"service"`
	Deployment   string    `json:"deployment,omitempty"`
	Release      string    `json:"release,omitempty"`
	Server       string    `json:"server"`
	Replica      string    `json:"replica,omitempty"`
	Stream       Stream    `json:"stream"`
	// Source and Sequence identify the line for ever: a spool's random id and its counter. They make delivery
	// idempotent and gaps visible.
	Source   string `json:"source"`
	Sequence uint64 `json:"seq"`
	Body     string `json:"body"`
	// Lost is, for a Gap, how many records that had a sequence it stands for; 0 where the lost lines never had one.
	Lost uint64 `json:"lost,omitempty"`
}

// MaxBody is the longest line kept, in bytes; longer ones are cut and end in "…[cut]".
const MaxBody = 64 << 10
