package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent"
	"github.com/syntra-dev/syntra/agent/local"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/runtime/runtimetest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/hub/hubtest"
	"github.com/syntra-dev/syntra/telemetry"
)

// outcome is what a command came to.
type outcome struct {
	res wire.Result
	err error
}

// begin asks in the background.
func (n *node) begin(id string, kind wire.Kind, body any) <-chan outcome {
	out := make(chan outcome, 1)
	go func() {
		res, err := n.ask(id, kind, body)
		out <- outcome{res, err}
	}()
	return out
}

func (n *node) await(c <-chan outcome) wire.Result {
	n.t.Helper()
	select {
	case o := <-c:
		require.NoError(n.t, o.err)
		return o.res
	case <-time.After(patience):
		n.t.Fatal("no outcome")
		return wire.Result{}
	}
}

// gated is a source whose build counts its runs in a file and waits for another.
func gated(t testing.TB) (dir, count, gate string) {
	t.Helper()
	work := t.TempDir()
	count, gate = filepath.Join(work, "count"), filepath.Join(work, "gate")
	return runtimetest.Source(t, map[string]string{
		"syntra.yaml": fmt.Sprintf("build:\n  command: echo run >> %s; echo begun; while [ ! -e %s ]; do sleep 0.05; done; echo through\nrun:\n  command: exec ./app serve\n", count, gate),
	}), count, gate
}

func lines(path string) int {
	raw, _ := os.ReadFile(path)
	return strings.Count(string(raw), "\n")
}

func open(t testing.TB, gate string) { require.NoError(t, os.WriteFile(gate, nil, 0o644)) }

func TestACommandThatComesAgainIsDoneOnce(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	dir, count, gate := gated(t)
	id, digest := n.upload(dir)
	build := wire.Build{Owner: owner("svc_1"), UploadID: id, Digest: digest}

	first := n.begin("dep_1/build", wire.KindBuild, build)
	soon(t, "the build runs", func() bool { return lines(count) == 1 })

	t.Run("while it runs, also over a connection that was cut", func(t *testing.T) {
		n.hub.Kill()
		n.startHub(n.hub.Addr())
		n.connected()
		again := n.begin("dep_1/build", wire.KindBuild, build)
		soon(t, "the new hub hears of it", func() bool { return lines(count) == 1 })
		open(t, gate)
		require.Nil(t, n.await(again).Error)
	})
	o := <-first
	require.Error(t, o.err, "the hub that asked is gone")

	t.Run("after its end", func(t *testing.T) {
		res, err := n.ask("dep_1/build", wire.KindBuild, build)
		require.NoError(t, err)
		require.Nil(t, res.Error)
	})
	t.Run("after the agent's restart", func(t *testing.T) {
		n.stop()
		n.start()
		res, err := n.ask("dep_1/build", wire.KindBuild, build)
		require.NoError(t, err)
		require.Nil(t, res.Error)
	})
	require.Equal(t, 1, lines(count))
}

func TestACutConnectionChangesNothing(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	proxy := newCutter(t, n.hub.Addr())
	n.setup.URL = "http://" + proxy.addr
	n.start()
	dir, count, gate := gated(t)
	id, digest := n.upload(dir)

	got := n.begin("dep_1/build", wire.KindBuild, wire.Build{Owner: owner("svc_1"), UploadID: id, Digest: digest})
	soon(t, "the build runs", func() bool { return lines(count) == 1 })
	proxy.cut(true) // the agent cannot come back yet
	open(t, gate)
	soon(t, "the build ends while the agent is away", func() bool { return journalHolds(n, "dep_1/build") })
	proxy.cut(false)
	res := n.await(got)
	require.Nil(t, res.Error)
	require.Equal(t, 1, lines(count))
	require.NotContains(t, n.plane.Events(n.server), "server.removed")
}

// journalHolds says whether the outcome of a command is on the agent's disk.
func journalHolds(n *node, id string) bool {
	files, _ := filepath.Glob(filepath.Join(n.setup.DataDir, "journal", "*.json"))
	for _, f := range files {
		raw, _ := os.ReadFile(f)
		var e struct {
			ID, State string
		}
		if json.Unmarshal(raw, &e) == nil && e.ID == id && e.State == "done" {
			return true
		}
	}
	return false
}

func TestAKilledAgentDoesWhatWasUnderWayAgain(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	kill := n.startProcess()
	dir, count, gate := gated(t)
	id, digest := n.upload(dir)

	got := n.begin("dep_1/build", wire.KindBuild, wire.Build{Owner: owner("svc_1"), UploadID: id, Digest: digest})
	soon(t, "the build runs", func() bool { return lines(count) == 1 })
	kill()
	open(t, gate)
	n.startProcess()
	res := n.await(got)
	require.Nil(t, res.Error)
	require.Equal(t, 2, lines(count))
	soon(t, "the log tells why it begins anew", func() bool {
		return strings.Contains(strings.Join(n.plane.Sink.Bodies(telemetry.System), "\n"), "begins anew")
	})
	var built wire.Built
	require.NoError(t, json.Unmarshal(res.Data, &built))

	t.Run("services go on without it, and it adopts them", func(t *testing.T) {
		n.live(release("svc_1", "rel_1", built.Digest, 2, map[string]string{"GREETING": "hello"}))
		before := n.observe("svc_1", "rel_1")
		n.killProcess()
		n.serves("hello")
		n.startProcess()
		after := n.observe("svc_1", "rel_1")
		require.Equal(t, before.Instances, after.Instances)
		require.Equal(t, 2, after.Healthy)
	})
}

// startProcess runs the agent as a process of its own, and answers how to kill -9 it.
func (n *node) startProcess() (kill func()) {
	n.t.Helper()
	self, err := os.Executable()
	require.NoError(n.t, err)
	raw, err := json.Marshal(n.setup)
	require.NoError(n.t, err)
	cmd := exec.Command(self, "agent", string(raw))
	cmd.Stderr = os.Stderr
	require.NoError(n.t, cmd.Start())
	var killed atomic.Bool
	n.stop = func() {
		if killed.CompareAndSwap(false, true) {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	n.connected()
	return n.stop
}

func (n *node) killProcess() { n.stop() }

func TestReplicasThatDieComeBack(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	n.live(release("svc_1", "rel_1", n.built("svc_1"), 2, map[string]string{"GREETING": "hello"}))

	require.NoError(t, n.runtimeRemove("svc_1.rel_1.1"))
	soon(t, "it is revived, healthy and routed again", func() bool {
		seen := n.observe("svc_1", "rel_1")
		table, err := n.table()
		return err == nil && seen.Healthy == 2 && len(table.Services[0].Pools[0].Endpoints) == 2 && routesOnlyTo(table.Services[0].Pools[0].LocalAddresses(), seen.Instances)
	})
	n.serves("hello")

	t.Run("one that ends by itself is started again, and the log says how it ended", func(t *testing.T) {
		_, _ = http.Get("http://" + n.observe("svc_1", "rel_1").Instances[1].Address + "/exit?code=5")
		soon(t, "the log tells", func() bool {
			return strings.Contains(strings.Join(n.plane.Sink.Bodies(telemetry.System), "\n"), "replica 2 ended with exit code 5")
		})
		soon(t, "it is back", func() bool { return n.observe("svc_1", "rel_1").Healthy == 2 })
	})
}

func routesOnlyTo(upstreams []string, list []runtime.Instance) bool {
	for _, u := range upstreams {
		found := false
		for _, i := range list {
			found = found || i.Address == u
		}
		if !found {
			return false
		}
	}
	return true
}

// runtimeRemove takes a replica away behind the agent's back.
func (n *node) runtimeRemove(name string) error {
	return n.rt.Remove(context.Background(), name)
}

func TestAnEdgeThatLostItsTableGetsItBack(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	n.live(release("svc_1", "rel_1", n.built("svc_1"), 1, map[string]string{"GREETING": "hello"}))
	require.NoError(t, n.edgeClient().DeleteService(context.Background(), "svc_1"))
	n.serves("hello")
}

func TestARestartFailsNoRequest(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	digest := n.built("svc_1")
	for _, replicas := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d replicas", replicas), func(t *testing.T) {
			s := release("svc_1", "rel_1", digest, replicas, map[string]string{"GREETING": "hello"})
			n.live(s)
			before := n.observe("svc_1", "rel_1")
			stop, failed, asked := n.load()
			s.Recreate = true
			started := must[wire.Started](n, "", wire.KindStart, s)
			stop()
			require.Zero(t, failed.Load(), "of %d requests", asked.Load())
			require.Positive(t, asked.Load())
			require.Len(t, started.Instances, replicas)
			for i := range started.Instances {
				require.Equal(t, before.Instances[i].Name, started.Instances[i].Name)
				require.NotEqual(t, before.Instances[i].StartedAt, started.Instances[i].StartedAt)
			}
		})
	}
}

// load asks through the edge all the time until stop.
func (n *node) load() (stop func(), failed, asked *atomic.Int64) {
	failed, asked = new(atomic.Int64), new(atomic.Int64)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			default:
			}
			if status, _ := n.fetch("/"); status != http.StatusOK {
				failed.Add(1)
			}
			asked.Add(1)
		}
	}()
	return func() { close(quit); <-done }, failed, asked
}

func TestASuspendedAgentStopsItsReplicasAndRevivesThemAtItsNextStart(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	n.live(release("svc_1", "rel_1", n.built("svc_1"), 2, map[string]string{"GREETING": "hello"}))
	ctx := context.Background()
	status, err := local.GetStatus(ctx, n.setup.DataDir)
	require.NoError(t, err)
	require.Equal(t, n.server, status.ServerID)
	require.Equal(t, os.Getpid(), status.PID)
	require.True(t, status.Connected)

	require.NoError(t, local.Suspend(ctx, n.setup.DataDir))
	n.ended()
	list, err := n.rt.Instances(ctx, "")
	require.NoError(t, err)
	for _, i := range list {
		require.Equal(t, runtime.Exited, i.State, i.Name)
	}
	n.stop()
	n.start()
	soon(t, "both replicas are back", func() bool { return n.observe("svc_1", "rel_1").Healthy == 2 })
	n.serves("hello")
}

func TestTwoAgentsCannotShareADataDirectory(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	err := agent.Run(context.Background(), agent.Options{URL: n.setup.URL, Token: n.setup.Token, DataDir: n.setup.DataDir, Runtimes: []runtime.Runtime{n.rt}, Logger: hubtest.Quiet()})
	require.ErrorContains(t, err, "another agent is using the data directory")
}

func TestSecretsAreNowhereOnTheAgentsDisk(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	const secret = "planted-secret-4711"
	id, digest := n.upload(runtimetest.ProcessSource(t, runtimetest.BuildSecret))
	built := must[wire.Built](n, "", wire.KindBuild, wire.Build{Owner: owner("svc_1"), UploadID: id, Digest: digest, Secrets: map[string]string{"TOKEN": secret}, Token: secret})
	n.live(release("svc_1", "rel_1", built.Digest, 1, map[string]string{"SECRET": secret, "GREETING": "hello"}))
	n.serves("hello")
	soon(t, "the log is shipped", func() bool { return len(n.plane.Sink.Bodies(telemetry.Stdout)) > 0 })

	require.NoError(t, filepath.WalkDir(n.setup.DataDir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, "%s can be read by others", path)
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotContains(t, string(raw), secret, path)
		return nil
	}))
	for _, r := range n.plane.Sink.Records() {
		require.NotContains(t, r.Body, secret)
	}
	t.Run("and yet they are there after the agent's restart", func(t *testing.T) {
		n.stop()
		n.start()
		require.NoError(t, n.runtimeRemove("svc_1.rel_1.1"))
		soon(t, "revived", func() bool { return n.observe("svc_1", "rel_1").Healthy == 1 })
		n.serves("hello")
	})
}

func TestACommandEndsWhenItIsLateOrCancelled(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	dir, count, gate := gated(t)
	id, digest := n.upload(dir)
	data, err := json.Marshal(wire.Build{Owner: owner("svc_1"), UploadID: id, Digest: digest})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()

	t.Run("late: it is timed_out, for ever", func(t *testing.T) {
		for range 2 {
			res, err := n.hub.Do(ctx, n.server, wire.Command{ID: "dep_1/build", Kind: wire.KindBuild, Data: data, Deadline: time.Now().Add(time.Second)}, nil)
			require.NoError(t, err)
			require.NotNil(t, res.Error)
			require.Equal(t, runtime.CodeTimeout, res.Error.Code)
		}
		require.LessOrEqual(t, lines(count), 1)
	})
	t.Run("cancelled: it ends, and is done anew when it comes again", func(t *testing.T) {
		before := lines(count)
		asking, giveUp := context.WithCancel(ctx)
		defer giveUp()
		over := make(chan error, 1)
		cmd := wire.Command{ID: "dep_2/build", Kind: wire.KindBuild, Data: data}
		go func() {
			_, err := n.hub.Do(asking, n.server, cmd, nil)
			over <- err
		}()
		soon(t, "the build runs", func() bool { return lines(count) == before+1 })
		giveUp()
		require.ErrorIs(t, <-over, context.Canceled)
		open(t, gate)
		res, err := n.hub.Do(ctx, n.server, cmd, nil)
		require.NoError(t, err)
		require.Nil(t, res.Error)
		require.Equal(t, before+2, lines(count))
	})
}
