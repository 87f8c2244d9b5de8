package wire

import (
	"encoding/json"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/domain/traffic"
)

// Command asks the agent to do something once. ID is "<deployment or operation id>/<step>": a command that comes again
// is answered with its first outcome, from the agent's journal.
type Command struct {
	ID   string          `json:"id"`
	Kind Kind            `json:"kind"`
	Data json.RawMessage `json:"data"`
	// Deadline after which the agent gives up by itself.
	Deadline time.Time `json:"deadline"`
	// Correlation is the deployment, operation or service that the command is a part of.
	Correlation string `json:"correlation,omitempty"`
	// Trace is the W3C traceparent of whoever sends the command.
	Trace string `json:"trace,omitempty"`
}

// Kind names a command; the comment names its Data and the Data of its Result.
type Kind string

const (
	KindBuild   Kind = "build"         // Build → Built
	KindStart   Kind = "start"         // Start → Started
	KindHealth  Kind = "health"        // Health → Healthy
	KindRoute   Kind = "route"         // Route → Routed; returns when traffic has moved
	KindDrain   Kind = "drain"         // Drain → Drained; returns when the old release serves nothing any more
	KindStop    Kind = "stop"          // Stop → Stopped
	KindPush    Kind = "push_artifact" // PushArtifact → ArtifactPushed
	KindPull    Kind = "pull_artifact" // PullArtifact → ArtifactPulled
	KindObserve Kind = "observe"       // Observe → Observed; never journaled
	KindExec    Kind = "exec"          // Exec → Executed; never journaled
	KindTail    Kind = "tail"          // Tail → Tailed; never journaled
)

// Cancel ends a running command; its Result is an error of code "cancelled". That outcome is not kept: the same command
// sent again after a Cancel is done anew.
type Cancel struct {
	ID string `json:"id"`
}

// Progress says that a command is alive.
type Progress struct {
	ID   string `json:"id"`
	Note string `json:"note,omitempty"` // for a person, such as "health: 503, attempt 4"
}

// Result is a command's outcome: Data or Error.
type Result struct {
	ID    string          `json:"id"`
	Data  json.RawMessage `json:"data,omitempty"`
	Error *Failure        `json:"error,omitempty"`
}

// Failure is an outcome the workflow decides on. Codes are those of runtime.Error; "internal" may be retried.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// CodeInternal is a failure of the agent or its engine, not of the user's program.
const CodeInternal = "internal"

// ResultAck lets the agent stop repeating an outcome.
type ResultAck struct {
	ID string `json:"id"`
}

// Owner says whose work a command is.
type Owner struct {
	Organization string `json:"org"`
	Project      string `json:"project"`
	Service      string `json:"service"`
	Deployment   string `json:"deployment,omitempty"`
}

// Build fetches a source and makes an artifact.
type Build struct {
	Owner      Owner  `json:"owner"`
	UploadID   string `json:"upload_id,omitempty"` // GET /agent/v1/uploads/<id>: a tar.gz
	Digest     string `json:"digest,omitempty"`    // its "sha256:…"
	Repository string `json:"repository,omitempty"`
	Ref        string `json:"ref,omitempty"`
	Token      string `json:"token,omitempty"` // of the repository; never stored
	Directory  string `json:"directory,omitempty"`

	Runtime    string            `json:"runtime,omitempty"`
	Dockerfile string            `json:"dockerfile,omitempty"`
	Target     string            `json:"target,omitempty"`
	Args       map[string]string `json:"args,omitempty"`
	Secrets    map[string]string `json:"secrets,omitempty"` // never stored
	Command    string            `json:"command,omitempty"`
	MaxBytes   int64             `json:"max_bytes,omitempty"`
}

// NoteSourceReady is the Progress note by which a Build says that its source is on the server: what follows is the build
// itself.
const NoteSourceReady = "source ready"

// Built is the artifact, and the commit where the source is a repository.
type Built struct {
	Runtime   string `json:"runtime"`
	Digest    string `json:"digest"`
	SizeBytes int64  `json:"size_bytes"`
	Port      int    `json:"port,omitempty"`
	Commit    string `json:"commit,omitempty"`
	Branch    string `json:"branch,omitempty"`
	Subject   string `json:"subject,omitempty"`
	Millis    int64  `json:"millis"`
	// Overrides is what the source's syntra.yaml says of build, run, health and rollout (see service.Config.Overlay).
	Overrides json.RawMessage `json:"overrides,omitempty"`
}

// Start makes a release have exactly Replicas running copies (so it starts, scales and restarts).
type Start struct {
	Owner    Owner             `json:"owner"`
	Release  string            `json:"release"`
	Runtime  string            `json:"runtime"`
	Digest   string            `json:"digest"`
	Replicas int               `json:"replicas"`
	Env      map[string]string `json:"env,omitempty"` // decrypted; kept by the agent only sealed, to revive replicas
	Command  string            `json:"command,omitempty"`
	Port     int               `json:"port"`
	CPUs     float64           `json:"cpus,omitempty"`
	MemoryMB int               `json:"memory_mb,omitempty"`
	// Pull is where the artifact can be had where this server does not have it.
	Pull *Registry `json:"pull,omitempty"`
	// Recreate replaces the running copies one by one (restart), each healthy before the next goes.
	Recreate     bool   `json:"recreate,omitempty"`
	Health       Health `json:"health"`
	GraceSeconds int    `json:"grace_seconds"`
}

// Started are the copies that run.
type Started struct {
	Instances []runtime.Instance `json:"instances"`
}

// Health waits until every copy of a release answers 2xx or 3xx on Path, or fails with crashed, port_closed or unhealthy.
// Without a path it is /up, and where the program does not know that, / with any status below 500.
type Health struct {
	Owner   Owner  `json:"owner"`
	Release string `json:"release"`
	Path    string `json:"path,omitempty"`
	// Host is the host name that is asked for.
	Host            string `json:"host,omitempty"`
	IntervalMillis  int    `json:"interval_millis"`
	TimeoutSeconds  int    `json:"timeout_seconds"`
	DeadlineSeconds int    `json:"deadline_seconds"`
}

// Healthy says how it went.
type Healthy struct {
	Attempts int   `json:"attempts"`
	Millis   int64 `json:"millis"`
	// Path is the one that counted, Status what it answered.
	Path   string `json:"path,omitempty"`
	Status int    `json:"status,omitempty"`
}

// Route splits the traffic of a service's hosts between its releases. Each of them must run on the server.
//
// Requests go to replicas on this server and on the peers alike, in proportion to their number. The peers' edges may send
// the service's requests here in turn; an edge that is not named may not.
type Route struct {
	Owner  Owner         `json:"owner"`
	Shares traffic.Split `json:"shares"`
	Hosts  []string      `json:"hosts"`
	// Peers are the other servers of the service.
	Peers []PeerEndpoint `json:"peers,omitempty"`
}

// Routed is what was done, and the split before where it was another.
type Routed struct {
	Previous  traffic.Split `json:"previous,omitempty"`
	Upstreams []string      `json:"upstreams"`
}

// Drain waits until the edge has nothing under way to a release, at most the grace; WebSockets get their own.
type Drain struct {
	Owner            Owner  `json:"owner"`
	Release          string `json:"release"`
	Seconds          int    `json:"seconds"`
	WebSocketSeconds int    `json:"websocket_seconds"`
	// Unroute takes the service's traffic away from this server's replicas first, where the service leaves it: the peers
	// that have replicas get it, or nobody.
	Unroute bool           `json:"unroute,omitempty"`
	Peers   []PeerEndpoint `json:"peers,omitempty"`
}

// Drained says what had to be cut after the grace.
type Drained struct {
	Cut    int   `json:"cut"`
	Millis int64 `json:"millis"`
}

// Stop ends releases' replicas. Remove also deletes them and what only they needed; without it they can be started again.
// The edge sends them nothing more first, and what they serve has DrainSeconds to finish (0: none), WebSockets their own.
type Stop struct {
	Owner            Owner    `json:"owner"`
	Releases         []string `json:"releases"` // empty: all of the service
	DrainSeconds     int      `json:"drain_seconds,omitempty"`
	WebSocketSeconds int      `json:"websocket_seconds,omitempty"`
	GraceSeconds     int      `json:"grace_seconds"`
	Remove           bool     `json:"remove"`
	// Unroute takes the service's traffic away first: its hosts answer 503 then, or, with Remove, are nobody's. Where there
	// are peers with replicas, they get it.
	Unroute bool           `json:"unroute"`
	Peers   []PeerEndpoint `json:"peers,omitempty"`
}

// Stopped names the replicas that ended, and says how many requests had to be cut after the grace.
type Stopped struct {
	Names []string `json:"names"`
	Cut   int      `json:"cut,omitempty"`
}

// Observe asks what is true now.
type Observe struct {
	Owner   Owner  `json:"owner"`
	Release string `json:"release"`
}

// Observed is what is true now.
type Observed struct {
	Instances []runtime.Instance `json:"instances"` // of the service, all releases
	Split     traffic.Split      `json:"split"`     // as the edge has it
	Hosts     []string           `json:"hosts"`
	Healthy   int                `json:"healthy"` // copies of Release that just passed a probe
}

// Exec runs a command in a replica.
type Exec struct {
	Owner    Owner    `json:"owner"`
	Instance string   `json:"instance"` // name; "" is the live release's first replica
	Argv     []string `json:"argv"`
}

// ExecInput feeds it. EOF closes its input.
type ExecInput struct {
	ID   string `json:"id"`
	Data []byte `json:"data,omitempty"`
	EOF  bool   `json:"eof,omitempty"`
}

// ExecOutput is what it prints.
type ExecOutput struct {
	ID     string `json:"id"`
	Stderr bool   `json:"stderr,omitempty"`
	Data   []byte `json:"data"`
}

// ExecAck says that its sender has taken so many more bytes of the stream that it receives.
type ExecAck struct {
	ID    string `json:"id"`
	Bytes int    `json:"bytes"`
}

// Executed ends it.
type Executed struct {
	ExitCode int `json:"exit_code"`
}

// Tail reads the last lines straight from the runtime, for when telemetry is away.
type Tail struct {
	Owner Owner `json:"owner"`
	Lines int   `json:"lines"`
}

// Tailed are those lines, oldest first.
type Tailed struct {
	Lines []string `json:"lines"`
}
