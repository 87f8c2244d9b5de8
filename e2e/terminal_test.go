package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/harness"
)

// terminal is where a person types syn: a folder, a home of its own, and the variables that are set there.
type terminal struct {
	dir  string
	home string
	env  []string
}

// newTerminal answers a terminal where nobody has logged in.
func newTerminal(t *testing.T) terminal {
	t.Helper()
	return terminal{dir: t.TempDir(), home: t.TempDir()}
}

// loggedIn answers a terminal that speaks to a platform as its owner.
func loggedIn(t *testing.T, p *harness.Platform) terminal {
	t.Helper()
	term := newTerminal(t)
	term.env = []string{"SYNTRA_URL=" + p.URL, "SYNTRA_TOKEN=" + p.Token}
	return term
}

// ran is what came of a command.
type ran struct {
	out, err string
	code     int
}

func (s terminal) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, harness.Bin("syn"), args...)
	cmd.Dir = s.dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SYNTRA_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(append(cmd.Env, "HOME="+s.home, "XDG_CONFIG_HOME="+filepath.Join(s.home, "config")), s.env...)
	return cmd
}

// typing runs syn with this on its standard input.
func (s terminal) typing(ctx context.Context, t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	var out, stderr bytes.Buffer
	cmd := s.command(ctx, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("syn %v: %v", args, err)
	}
	return ran{out.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// run runs syn.
func (s terminal) run(ctx context.Context, t *testing.T, args ...string) ran {
	t.Helper()
	return s.typing(ctx, t, "", args...)
}

// ok runs syn, which must succeed, and answers its standard output.
func (s terminal) ok(ctx context.Context, t *testing.T, args ...string) string {
	t.Helper()
	r := s.run(ctx, t, args...)
	require.Zero(t, r.code, "syn %v\n%s%s", args, r.out, r.err)
	return r.out
}

// objects runs syn with --json, and answers its lines, each of which must be JSON.
func (s terminal) objects(ctx context.Context, t *testing.T, args ...string) []json.RawMessage {
	t.Helper()
	var all []json.RawMessage
	for line := range strings.Lines(s.ok(ctx, t, append(args, "--json")...)) {
		require.True(t, json.Valid([]byte(line)), "syn %v --json printed %q", args, line)
		all = append(all, json.RawMessage(line))
	}
	require.NotEmpty(t, all, "syn %v --json printed nothing", args)
	return all
}

// decoded reads the last line of objects.
func decoded[T any](t *testing.T, lines []json.RawMessage) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(lines[len(lines)-1], &v))
	return v
}

// follower is a syn that goes on until it is interrupted.
type follower struct {
	cmd *exec.Cmd
	mu  sync.Mutex
	out bytes.Buffer
}

func (f *follower) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out.Write(p)
}

// text answers what it printed so far.
func (f *follower) text() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out.String()
}

// follow starts syn and leaves it running until the test's end.
func (s terminal) follow(ctx context.Context, t *testing.T, args ...string) *follower {
	t.Helper()
	f := &follower{cmd: s.command(ctx, args...)}
	f.cmd.Stdout, f.cmd.Stderr = f, f
	require.NoError(t, f.cmd.Start())
	t.Cleanup(func() {
		_ = f.cmd.Process.Kill()
		_ = f.cmd.Wait()
	})
	return f
}

// interrupt presses Ctrl-C and answers the exit code.
func (f *follower) interrupt() int {
	_ = f.cmd.Process.Signal(syscall.SIGINT)
	_ = f.cmd.Wait()
	return f.cmd.ProcessState.ExitCode()
}
