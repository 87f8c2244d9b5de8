// Package harness starts the real binaries for the users' stories: `syntra dev` on a data folder of its own, with ports
// of its own, and everything that one does to it: commands of syn, requests, load, and kill -9.
package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/dev/engines"
	"github.com/syntra-dev/syntra/dev/state"
	"github.com/syntra-dev/syntra/fault"
)

// Options of a platform under test.
type Options struct {
	// DataDir holds everything; it must be empty or an earlier platform's.
	DataDir string
	// Sample deploys examples/hello at the first start.
	Sample bool
	// Args are more flags for `syntra dev`.
	Args []string
	// Env are more variables, NAME=value.
	Env []string
	// Bin is the program; "" is the one that `go tool task build` made.
	Bin string
}

// Platform is one `syntra dev`.
type Platform struct {
	Options
	state.State
	cmd  *exec.Cmd
	gone chan error
	// position is the last log position written, sent with every read so that one reads one's own writes.
	position *atomic.Value
}

// Start starts a platform and waits until it is ready.
func Start(ctx context.Context, o Options) (*Platform, error) {
	p := &Platform{Options: o, position: &atomic.Value{}}
	if err := os.MkdirAll(p.FaultDir(), 0o700); err != nil {
		return nil, err
	}
	return p, p.Restart(ctx)
}

// Bin is the path of a binary that `go tool task build` made.
func Bin(name string) string { return filepath.Join(Root(), "bin", name) }

// Root is the repository.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// LogFile takes what the platform prints.
func (p *Platform) LogFile() string { return filepath.Join(p.DataDir, "platform.log") }

// FaultDir is where faults to come are set.
func (p *Platform) FaultDir() string { return filepath.Join(p.DataDir, "faults") }

// Restart starts the platform on its data again and waits until it is ready.
func (p *Platform) Restart(ctx context.Context) error {
	state.Remove(p.DataDir)
	log, err := os.OpenFile(p.LogFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"dev", "--data", p.DataDir, "--listen", "127.0.0.1:0", "--edge-http", "127.0.0.1:0", "--temporal-port", "0", "--temporal-ui-port", "0"}
	if !p.Sample {
		args = append(args, "--no-sample")
	}
	if err := p.run(log, append(args, p.Args...)); err != nil {
		return err
	}
	return p.awaitReady(ctx)
}

// run starts the program.
func (p *Platform) run(log *os.File, args []string) error {
	p.cmd = exec.Command(cmp.Or(p.Bin, Bin("syntra")), args...)
	p.cmd.Dir = Root()
	p.cmd.Env = append(os.Environ(), "SYNTRA_ENGINES="+engines.Dir(filepath.Join(Root(), ".syntra", "engines")))
	p.cmd.Env = append(p.cmd.Env, fault.EnvDir+"="+p.FaultDir(), "NO_COLOR=1")
	p.cmd.Env = append(p.cmd.Env, p.Env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("%w: run `go tool task build` first", err)
	}
	gone := make(chan error, 1)
	p.gone = gone
	go func(cmd *exec.Cmd) { gone <- cmd.Wait() }(p.cmd)
	return nil
}

func (p *Platform) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	for {
		s, err := state.Read(p.DataDir)
		if err == nil && s.PIDs.Platform == p.cmd.Process.Pid {
			p.State = s
			return nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		select {
		case err := <-p.gone:
			p.gone <- err
			return fmt.Errorf("syntra dev ended (%w) before it was ready:\n%s", err, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("syntra dev is not ready: %w\n%s", ctx.Err(), p.tail())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Refresh reads the state file again: pids change when parts are restarted.
func (p *Platform) Refresh() error {
	s, err := state.Read(p.DataDir)
	if err == nil {
		p.State = s
	}
	return err
}

// Kill kills the platform process -9 and waits until it is gone. Agent, edge and services live on.
func (p *Platform) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.Gone()
}

// Gone is closed for the reader when the platform process has ended.
func (p *Platform) Gone() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		err := <-p.gone
		p.gone <- err
		close(done)
	}()
	return done
}

// Stop ends the platform as Ctrl-C does and answers an error when it does not end in order.
func (p *Platform) Stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.Gone():
	case <-time.After(time.Minute):
		p.Kill()
		return fmt.Errorf("syntra dev did not end within a minute of Ctrl-C:\n%s", p.tail())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("syntra dev ended with %s:\n%s", p.cmd.ProcessState, p.tail())
	}
	return nil
}

// Clean ends whatever is left of it, for the end of a test that went wrong.
func (p *Platform) Clean() {
	if p.cmd != nil && p.cmd.ProcessState == nil {
		_ = p.Stop()
	}
	for _, pid := range Leftovers(p.DataDir) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	p.removeContainers()
}

func (p *Platform) tail() string {
	raw, _ := os.ReadFile(p.LogFile())
	if len(raw) > 6000 {
		raw = raw[len(raw)-6000:]
	}
	return string(raw)
}
