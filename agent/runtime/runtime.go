// Package runtime is how an agent builds and runs programs: one interface, one conformance suite (runtimetest),
// and an adapter per engine. Everything here is idempotent by name, so that a repeated command finds its own work done.
package runtime

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/syntra-dev/syntra/agent/mask"
)

// Runtime is the port.
type Runtime interface {
	// Name is "docker" or "process".
	Name() string
	// Ping says whether the engine answers.
	Ping(ctx context.Context) error
	// Build makes an artifact of the source tree in spec.Dir, writing what the build prints to out, line by line.
	// A build that the user's code broke fails with an *Error of code CodeBuildFailed.
	Build(ctx context.Context, spec BuildSpec, out io.Writer) (Artifact, error)
	// Has says whether an artifact can be started here without building.
	Has(ctx context.Context, digest string) (bool, error)
	// Export writes an artifact as an OCI image layout (see artifact/layout), for Import elsewhere.
	Export(ctx context.Context, digest string, layout io.Writer) error
	// Import takes in what Export wrote, on this server or another. It verifies that the artifact is the one of the digest,
	// and keeps nothing of another. Importing what is here already is fine.
	Import(ctx context.Context, digest string, layout io.Reader) error
	// Artifacts lists what can be started here without building and that Syntra made.
	Artifacts(ctx context.Context) ([]string, error)
	// Start runs one replica. Starting a replica that runs already answers the running one.
	Start(ctx context.Context, spec InstanceSpec) (Instance, error)
	// Stop asks the replica to end (SIGTERM), kills it after the grace, and keeps what is needed to start it again.
	Stop(ctx context.Context, name string, grace time.Duration) error
	// Remove deletes a replica, running or not. Removing what is not there is fine.
	Remove(ctx context.Context, name string) error
	// Instances lists what this runtime holds for Syntra under names that begin so ("": all), running or not.
	Instances(ctx context.Context, prefix string) ([]Instance, error)
	// Logs follows a replica's output from a time on until ctx ends or the replica is gone. It calls emit for each line
	// in order; a line that may have been lost is told through Line.Lost.
	Logs(ctx context.Context, name string, since time.Time, emit func(Line)) error
	// Exec runs a command inside a replica and answers its exit code.
	Exec(ctx context.Context, name string, argv []string, stdin io.Reader, stdout, stderr io.Writer) (int, error)
	// Usage measures a running replica.
	Usage(ctx context.Context, name string) (Usage, error)
	// Prune deletes artifacts whose digest keep does not hold, and only those that Syntra made. It answers how many.
	Prune(ctx context.Context, keep map[string]bool) (deleted int, err error)
	Close() error
}

// BuildSpec is what to build.
type BuildSpec struct {
	Organization, Project, Service, Deployment string
	// Dir is the unpacked source (already narrowed to the service's directory).
	Dir        string
	Dockerfile string
	Target     string
	Args       map[string]string
	// Secrets are given to the build without a trace in the artifact.
	Secrets map[string]string
	// Mask hides in the output and in errors what must not be seen, of the secrets and besides; nil hides the secrets.
	Mask *mask.Mask
	// Command overrides the detected build command (process).
	Command string
	// MaxBytes bounds the artifact; 0 is unbounded. A bigger one fails with CodeTooBig.
	MaxBytes int64
}

// Artifact is a built program.
type Artifact struct {
	Digest    string
	SizeBytes int64
	Port      int // what it EXPOSEs, 0 where unknown
}

// InstanceSpec is one replica to run.
type InstanceSpec struct {
	// Name is unique on the server: <service id>.<release id>.<replica>.
	Name   string
	Labels Labels
	Digest string
	Env    map[string]string
	// Command overrides what the artifact says.
	Command string
	// Port the program listens on inside; passed as PORT.
	Port     int
	CPUs     float64
	MemoryMB int
}

// Labels tell whose replica it is. Adapters persist them with the replica.
type Labels struct {
	Organization string `json:"org"`
	Project      string `json:"project"`
	Service      string `json:"service"`
	Release      string `json:"release"`
	Deployment   string `json:"deployment"`
	Replica      int    `json:"replica"`
}

// State of a replica.
type State string

const (
	Running    State = "running"
	Restarting State = "restarting"
	Exited     State = "exited"
)

// Instance is a replica as observed.
type Instance struct {
	Name   string `json:"name"`
	Labels Labels `json:"labels"`
	Digest string `json:"digest"`
	State  State  `json:"state"`
	// Address is where the edge reaches it, host:port; "" unless running.
	Address   string    `json:"address"`
	StartedAt time.Time `json:"started_at"`
	// ExitCode is that of the last run that has ended, as far as the runtime knows it while the next one runs.
	ExitCode  int  `json:"exit_code"`
	OOMKilled bool `json:"oom_killed,omitempty"`
	Restarts  int  `json:"restarts"`
	// Ailing is why the edge gives it no requests as long as others of its release are well; "": it is well. The agent
	// fills it in, not the runtime.
	Ailing string `json:"ailing,omitempty"`
}

// Line is one line of output.
type Line struct {
	At     time.Time
	Stderr bool
	Text   string
	// Lost > 0 says that about so many lines before this one are missing, and Text is empty.
	Lost int
}

// Usage of one replica.
type Usage struct {
	CPUSeconds  float64 `json:"cpu_seconds"` // since its start
	MemoryBytes int64   `json:"memory_bytes"`
}

// Codes of errors that the user can act on. They end a deployment; everything else is retried.
const (
	CodeBuildFailed = "build_failed"
	CodeTooBig      = "artifact_too_big"
	CodeCrashed     = "crashed"     // the replica ended at boot
	CodeNoPort      = "port_closed" // nothing listened
	CodeUnhealthy   = "unhealthy"   // the health path never passed
	CodeNoArtifact  = "no_artifact" // the artifact is gone from this server
	CodeBadSource   = "bad_source"  // nothing to build in there
	CodeNoRuntime   = "no_runtime"  // the asked runtime is not on this server
	CodeTimeout     = "timed_out"   // over its deadline
	CodeCancelled   = "cancelled"
	CodeQuota       = "registry_quota" // the organization's artifacts fill its quota
	CodeDiskFull    = "disk_full"      // the server's disk has no room for it
	CodeBadArtifact = "bad_artifact"   // what arrived is not the artifact that was asked for
)

// Error is a failure the user can act on.
type Error struct {
	Code    string
	Message string
}

func (e *Error) Error() string { return e.Message }

// CodeOf answers the code in err's chain, or "".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
