//go:build linux

package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	goruntime "runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// shimSpec is what the agent writes to a shim's standard input. It holds the environment, so it is never on disk.
type shimSpec struct {
	Argv     []string      `json:"argv"`
	Dir      string        `json:"dir"`
	Env      []string      `json:"env"`
	Marker   string        `json:"marker"`
	Port     int           `json:"port"`
	CPUs     float64       `json:"cpus"`
	MemoryMB int           `json:"memory_mb"`
	Settle   time.Duration `json:"settle"`
	LogBytes int64         `json:"log_bytes"`
	// NoCgroups, see Options.
	NoCgroups bool `json:"no_cgroups"`
	// Instance is the content of spec.json, to write it again should the file be damaged.
	Instance json.RawMessage `json:"instance"`
}

// shimReady is its answer on standard output.
type shimReady struct {
	Error string `json:"error,omitempty"`
}

// state is what a shim records in state.json, and what an agent records for a shim that was killed.
type state struct {
	State     runtime.State `json:"state"`
	Pid       int           `json:"pid"`
	PidStart  uint64        `json:"pid_start"` // guards against pid reuse
	StartedAt time.Time     `json:"started_at"`
	ExitCode  int           `json:"exit_code"`
	OOMKilled bool          `json:"oom_killed"`
	Restarts  int           `json:"restarts"`
	// Boot is the host's run that it was written in: nothing of an earlier one still runs.
	Boot string `json:"boot,omitempty"`
}

// Files of an instance's folder.
const (
	lockFile    = "shim.lock"
	stateFile   = "state.json"
	specFile    = "spec.json"
	socketFile  = "control.sock"
	logFolder   = "log"
	appFolder   = "app"
	shimLogFile = "shim.log"
)

// RunShim is the main function of a replica's supervisor: args is the instance's folder alone. It reads its spec from
// standard input, runs the program, restarts it with backoff, writes its output to the log, obeys the control socket, and
// ends when the program is stopped or crashed at boot. It answers the exit code for os.Exit.
func RunShim(args []string) int {
	// A program gets SIGKILL when the thread that made it ends (PR_SET_PDEATHSIG), so it must be the one that stays.
	goruntime.LockOSThread()
	// Taken rather than ignored: a program would inherit ignored signals.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGINT, syscall.SIGPIPE)
	s, err := prepareShim(args)
	ready := shimReady{}
	if err != nil {
		ready.Error = err.Error()
	}
	encodeErr := json.NewEncoder(os.Stdout).Encode(ready)
	_ = os.Stdout.Close()
	if err = errors.Join(err, encodeErr); err == nil {
		err = s.supervise()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "syntra process-shim:", err)
		return 1
	}
	return 0
}

func prepareShim(args []string) (*supervisor, error) {
	if len(args) != 1 {
		return nil, errors.New("want one argument, the instance's folder (the agent starts this; it is not for people)")
	}
	var spec shimSpec
	if err := json.NewDecoder(io.LimitReader(os.Stdin, 64<<20)).Decode(&spec); err != nil {
		return nil, fmt.Errorf("read the spec: %w", err)
	}
	_ = os.Stdin.Close()
	// Paths are relative from here on, since a socket's path may have 108 bytes only.
	if err := os.Chdir(args[0]); err != nil {
		return nil, err
	}
	lock, err := tryLock(lockFile)
	if err != nil {
		return nil, fmt.Errorf("another shim supervises %s: %w", args[0], err)
	}
	// Orphans of the program become children of the shim, which ends them with it.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("become the subreaper: %w", err)
	}
	log, err := openLog(logFolder, spec.LogBytes)
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	s := &supervisor{
		spec: spec, lock: lock, log: log, stop: make(chan stopRequest, 16), ended: make(chan struct{}), execs: map[int]bool{},
	}
	go s.children.reapOrphans()
	if !spec.NoCgroups {
		s.limits = setLimits(limitsKey(args[0]), spec.MemoryMB, spec.CPUs)
	}
	if err := s.start(); err != nil {
		return nil, err
	}
	return s, s.listen()
}
