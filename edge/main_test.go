package edge_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge"
	"github.com/syntra-dev/syntra/edge/control"
)

// TestMain turns the test binary into an edge when a test starts it as one: only a real process can be killed.
func TestMain(m *testing.M) {
	if raw := os.Getenv("SYNTRA_TEST_EDGE"); raw != "" {
		var o edge.Options
		if err := json.Unmarshal([]byte(raw), &o); err != nil {
			panic(err)
		}
		runEdge(o)
		return
	}
	if os.Getenv("SYNTRA_TEST_REPLICA") != "" {
		runReplica()
		return
	}
	os.Exit(m.Run())
}

func runEdge(o edge.Options) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	o.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	o.OnReady = func(s control.Status) { json.NewEncoder(os.Stdout).Encode(s) }
	if err := edge.Run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runReplica is a program that answers with its pid and takes a moment for POSTs.
func runReplica() {
	s := http.Server{Addr: "127.0.0.1:0", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, os.Getpid())
	})}
	l, err := listenLoopback()
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	_ = s.Serve(l)
}

// process is a child of the test.
type process struct {
	*exec.Cmd
	first  string // the first line it said
	exited chan error
}

func spawn(t testing.TB, env string, inherit ...*os.File) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.ExtraFiles = inherit
	cmd.Env = append(os.Environ(), env)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &process{Cmd: cmd, exited: make(chan error, 1)}
	t.Cleanup(func() { p.kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	go func() { p.exited <- cmd.Wait() }()
	require.NoError(t, err, "the child said nothing")
	p.first = line
	return p
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.Process.Kill()
	p.exited <- <-p.exited
}

// awaitExit waits for a clean end.
func (p *process) awaitExit(t testing.TB) {
	t.Helper()
	select {
	case err := <-p.exited:
		p.exited <- err
		require.NoError(t, err)
	case <-time.After(30 * time.Second):
		t.Fatalf("process %d does not end", p.Process.Pid)
	}
}

// spawnEdge starts an edge process on dir.
func spawnEdge(t testing.TB, dir string, change func(*edge.Options), inherit ...*os.File) (*process, *running) {
	t.Helper()
	o := edge.Options{DataDir: dir, HTTPAddr: "127.0.0.1:0", Socket: filepath.Join(dir, "edge.sock"), Version: "child", Linger: 5 * time.Second}
	if change != nil {
		change(&o)
	}
	raw, err := json.Marshal(o)
	require.NoError(t, err)
	p := spawn(t, "SYNTRA_TEST_EDGE="+string(raw), inherit...)
	r := &running{Client: control.NewClient(o.Socket), dir: dir, o: o}
	require.NoError(t, json.Unmarshal([]byte(p.first), &r.at))
	require.Equal(t, p.Process.Pid, r.at.PID)
	return p, r
}
