//go:build linux

package process

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Restart backoff: doubled from the first to the last, and begun anew after a run of backoffReset (as Docker does).
const (
	backoffFirst = 100 * time.Millisecond
	backoffLast  = 30 * time.Second
	backoffReset = 10 * time.Second
)

type stopRequest struct {
	grace time.Duration
	done  chan struct{}
}

// supervisor is the shim's state. The fields below mu are shared with the control socket.
type supervisor struct {
	spec   shimSpec
	lock   *os.File
	log    *logWriter
	limits limits
	stop   chan stopRequest
	ended  chan struct{} // closed when the shim is about to end

	children children
	cmd      *exec.Cmd
	exited   chan int // the exit code of cmd
	output   sync.WaitGroup
	oomKills int

	mu     sync.Mutex
	state  state
	execs  map[int]bool // process groups of running execs
	killed bool         // by the memory sampler
}

// supervise runs until the program is stopped, or ended before it had settled.
func (s *supervisor) supervise() error {
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)
	go func() {
		<-terminate
		s.stop <- stopRequest{grace: 10 * time.Second, done: make(chan struct{})}
	}()
	defer close(s.ended)
	settled, backoff := false, backoffFirst
	for {
		select {
		case req := <-s.stop:
			s.end(req.grace)
			return s.finish(req)
		case code := <-s.exited:
			uptime := time.Since(s.state.StartedAt)
			s.sweep()
			settled = settled || uptime >= s.spec.Settle
			if !settled {
				err := s.record(runtime.Exited, code)
				s.limits.remove()
				return err
			}
			if uptime >= backoffReset {
				backoff = backoffFirst
			}
			if err := s.record(runtime.Restarting, code); err != nil {
				fmt.Fprintln(os.Stderr, "syntra process-shim: record state:", err)
			}
			select {
			case req := <-s.stop:
				return s.finish(req)
			case <-time.After(backoff):
			}
			backoff = min(backoff*2, backoffLast)
			s.mu.Lock()
			s.state.Restarts++
			s.mu.Unlock()
			if err := s.start(); err != nil {
				return err
			}
		}
	}
}

// start runs the program once. It must be called on the main thread.
func (s *supervisor) start() error {
	argv := s.spec.Argv
	if len(s.limits.dirs) > 0 {
		// The program joins its groups before it begins, so that nothing of it escapes the limits.
		var script strings.Builder
		for _, dir := range s.limits.dirs {
			script.WriteString(`echo 0 > '` + filepath.Join(dir, "cgroup.procs") + `' && `)
		}
		argv = append([]string{"/bin/sh", "-c", script.String() + `exec "$@"`, "sh"}, argv...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = s.spec.Dir
	cmd.Env = append(s.spec.Env, markerName+"="+s.spec.Marker)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	outR, outW, err := os.Pipe()
	if err != nil {
		return err
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = outW, errW
	s.oomKills = s.limits.oomKills()
	err = s.children.start(cmd)
	_, _ = outW.Close(), errW.Close()
	if err != nil {
		_, _ = outR.Close(), errR.Close()
		return fmt.Errorf("start %s: %w", s.spec.Argv[0], err)
	}
	s.output.Add(2)
	go s.copyOutput(outR, false)
	go s.copyOutput(errR, true)
	pidStart := uint64(0)
	if p, err := readProc(cmd.Process.Pid); err == nil {
		pidStart = p.start
	}
	s.mu.Lock()
	s.cmd, s.killed = cmd, false
	s.state = state{
		State:     runtime.Running,
		Pid:       cmd.Process.Pid,
		PidStart:  pidStart,
		StartedAt: time.Now(),
		Restarts:  s.state.Restarts,
		ExitCode:  s.state.ExitCode, // of the run before, for whoever tells of the restart
		OOMKilled: s.state.OOMKilled,
	}
	s.mu.Unlock()
	exited := make(chan int, 1)
	s.exited = exited
	go func() {
		exited <- s.children.wait(cmd)
	}()
	if s.spec.MemoryMB > 0 && s.limits.events == "" {
		go s.sampleMemory(cmd.Process.Pid, exited)
	}
	return s.save()
}

func (s *supervisor) finish(req stopRequest) error {
	s.mu.Lock()
	code := s.state.ExitCode
	s.mu.Unlock()
	err := s.record(runtime.Exited, code)
	s.limits.remove()
	_ = s.log.close()
	close(req.done)
	return err
}

func (s *supervisor) record(to runtime.State, code int) error {
	oom := s.limits.oomKills() > s.oomKills
	s.mu.Lock()
	s.state.State, s.state.ExitCode = to, code
	s.state.OOMKilled = (oom && code == 137) || s.killed
	s.state.Pid, s.state.PidStart = 0, 0
	s.mu.Unlock()
	return s.save()
}

func (s *supervisor) save() error {
	s.mu.Lock()
	s.state.Boot = thisBoot()
	raw, err := json.Marshal(s.state)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return writeAtomic(stateFile, raw)
}

// exitCode is the shell's: 128 + n for signal n.
func exitCode(p *os.ProcessState) int {
	if p == nil {
		return -1
	}
	if ws, ok := p.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return p.ExitCode()
}
