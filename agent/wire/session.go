package wire

import (
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/telemetry"
)

// Hello introduces the agent.
type Hello struct {
	Protocol     int      `json:"protocol"`
	AgentVersion string   `json:"agent_version"`
	Instance     string   `json:"instance"` // random id of this installation, kept on its disk
	Hostname     string   `json:"hostname"`
	OS           string   `json:"os"`
	Arch         string   `json:"arch"`
	Cores        int      `json:"cores"`
	MemoryBytes  int64    `json:"memory_bytes"`
	Runtimes     []string `json:"runtimes"`
	EdgeHTTP     int      `json:"edge_http"`
	EdgeHTTPS    int      `json:"edge_https"`
	// PeerAddress is the host:port at which other servers reach this one's edge; empty: not at all.
	PeerAddress string             `json:"peer_address,omitempty"`
	Instances   []runtime.Instance `json:"instances"`
	// Unacked are outcomes of commands that the hub may not have got.
	Unacked []Result `json:"unacked,omitempty"`
}

// Welcome answers a Hello. It comes again, with a new Credential, on a connection that outlives its credential's day.
type Welcome struct {
	ServerID         string `json:"server_id"`
	Organization     string `json:"organization"`
	HeartbeatSeconds int    `json:"heartbeat_seconds"`
	// At is the hub's clock, so that an agent whose own is wrong keeps deadlines all the same.
	At time.Time `json:"at"`
	// Credential, when set, replaces the token for the next connections once the agent has said CredentialSet.
	Credential string `json:"credential,omitempty"`
}

// CredentialSet says that the new credential is on the agent's disk.
type CredentialSet struct{}

// Heartbeat tells how the host is and what runs.
type Heartbeat struct {
	At         time.Time                `json:"at"`
	CPUPercent float64                  `json:"cpu_percent"` // of all cores together, 0–100
	Memory     Gauge                    `json:"memory"`
	Disk       Gauge                    `json:"disk"`
	Network    Network                  `json:"network"`
	Load1      float64                  `json:"load1"`
	Instances  []runtime.Instance       `json:"instances"`
	Usage      map[string]runtime.Usage `json:"usage,omitempty"` // by instance name
	// SpooledRecords are log lines not yet acknowledged.
	SpooledRecords int `json:"spooled_records"`
	// Problems tell a person what is wrong on the server and what to do, at most MaxProblems.
	Problems []string `json:"problems,omitempty"`
}

// MaxProblems bounds the problems of a Heartbeat.
const MaxProblems = 20

// Gauge is a filled capacity, in bytes.
type Gauge struct {
	Used  int64 `json:"used"`
	Total int64 `json:"total"`
}

// Network is what all interfaces moved since boot, in bytes.
type Network struct {
	Received int64 `json:"received"`
	Sent     int64 `json:"sent"`
}

// Logs is a batch out of the agent's spool. Batches of one source come in order.
type Logs struct {
	Batch   uint64             `json:"batch"`
	Records []telemetry.Record `json:"records"`
}

// LogsAck says that the hub has the batch on its own disk.
type LogsAck struct {
	Batch uint64 `json:"batch"`
}

// Reconcile tells what should be on this server, per service. The agent starts what is missing, removes what is listed
// nowhere and belongs to no command it is working on, and points the edge where Split says.
type Reconcile struct {
	Services []DesiredService `json:"services"`
	// Artifacts are the digests of releases that may be gone back to; the agent deletes the others. null: nothing is said
	// of them, and nothing deleted.
	Artifacts []string `json:"artifacts"`
}

// DesiredService is one service as it should be.
type DesiredService struct {
	Service string `json:"service"`
	// Split is how the traffic is divided; empty where nothing should run.
	Split   traffic.Split `json:"split"`
	Stopped bool          `json:"stopped"`
	// Keep are release ids whose replicas must stay: those in the split, the warm ones, and those of deployments under way.
	Keep []string `json:"keep"`
	// Peers are the other servers of the service (see Route); null: nothing is said of them. They are followed where Settled.
	Peers []PeerEndpoint `json:"peers"`
	// Settled says that no deployment or operation of the service is under way, so that Split is to be followed even where
	// the agent has another one of kept releases. Without it kept releases that have the traffic keep it: a Route may be
	// done here and not yet recorded there.
	Settled bool `json:"settled,omitempty"`
	// Left says that the service has left this server, whose edge passes on to the peers what still comes.
	Left bool `json:"left,omitempty"`
}
