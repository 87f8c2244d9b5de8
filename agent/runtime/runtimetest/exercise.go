// Package runtimetest is what every runtime must do, run over each adapter.
package runtimetest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Setup of the suite for one adapter.
type Setup struct {
	// Open makes the adapter; called again after Close it must come up over the same state, as a restarted agent does.
	// The adapter must settle replicas after Settle, and take no artifact for too fresh to prune.
	Open   func(t *testing.T) runtime.Runtime
	Settle time.Duration
	// Source writes a source that does step when it is built.
	Source func(t testing.TB, step Step) string
	// App is the test program's path inside a replica.
	App string
	// Root is the folder inside a replica that holds its whole artifact.
	Root string
	// OOM says that the adapter tells when the kernel killed a replica for its memory.
	OOM bool
}

// patience bounds every wait of the suite: a busy machine is slow, a broken adapter is for ever.
const patience = 60 * time.Second

type suite struct {
	Setup
	r    runtime.Runtime
	runs string
	n    atomic.Int64

	once  sync.Once
	plain string // digest
}

// Exercise runs the suite.
func Exercise(t *testing.T, setup Setup) {
	s := &suite{Setup: setup, runs: fmt.Sprintf("%x", time.Now().UnixNano()&0xffffffffff)}
	s.r = setup.Open(t)
	t.Cleanup(func() { require.NoError(t, s.r.Close()) })
	t.Run("while the agent runs", func(t *testing.T) {
		for name, test := range map[string]func(*testing.T){
			"a build streams its lines and makes an artifact":          s.builds,
			"a build that the code breaks tells its last lines":        s.buildFails,
			"a build over the size limit is refused":                   s.buildTooBig,
			"a build ends promptly when it is cancelled":               s.buildCancelled,
			"a build reads its secrets and leaves no trace of them":    s.buildSecrets,
			"a build reads its arguments":                              s.buildArgs,
			"a started replica is reachable, labelled and its own":     s.starts,
			"replicas are found by how their names begin":              s.foundByName,
			"starting twice starts once":                               s.startsOnce,
			"starting what is not built is refused":                    s.startsNothing,
			"a replica that crashes at boot stays down with its code":  s.crashesAtBoot,
			"a command takes the place of the artifact's own":          s.startsCommand,
			"a replica that dies later is restarted":                   s.restarts,
			"a replica that waits for its restart can be stopped":      s.stopsRestarting,
			"a replica gets SIGTERM and time to end":                   s.stopsGracefully,
			"a replica that ignores SIGTERM is killed after the grace": s.stopsForcibly,
			"a stopped replica starts again":                           s.startsAgain,
			"removing is idempotent":                                   s.removes,
			"logs follow, resume without loss or doubling, and end":    s.logs,
			"logs keep long lines whole and order within a flood":      s.logsFlood,
			"logs go on over a restart":                                s.logsRestart,
			"exec has streams, environment and exit code":              s.execs,
			"exec ends with its context":                               s.execCancelled,
			"usage grows with work":                                    s.usage,
			"a replica over its memory limit is ended and says so":     s.outOfMemory,
		} {
			t.Run(name, func(t *testing.T) { t.Parallel(); test(t) })
		}
	})
	t.Run("an artifact travels to where it is not, or not at all", s.travels)
	t.Run("what is not here is not exported", s.exportsNothing)
	t.Run("prune deletes what nobody keeps or uses, and nothing else", s.prunes)
	t.Run("replicas survive the agent", s.survives)
}

func (s *suite) name(t testing.TB) string {
	return fmt.Sprintf("svc_test.rel_%s.%d", s.runs, s.n.Add(1))
}

func (s *suite) build(t *testing.T, spec runtime.BuildSpec) (runtime.Artifact, string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out lockedBuffer
	if spec.Service == "" {
		spec.Organization, spec.Project, spec.Service = "org_test", "prj_test", "svc_test"
	}
	if spec.Deployment == "" {
		spec.Deployment = fmt.Sprintf("DEP_%s_%d", s.runs, s.n.Add(1))
	}
	a, err := s.r.Build(ctx, spec, &out)
	return a, out.String(), err
}

// artifact is the plain program, built once a suite.
func (s *suite) artifact(t *testing.T) string {
	t.Helper()
	s.once.Do(func() {
		a, out, err := s.build(t, runtime.BuildSpec{Dir: s.Source(t, BuildOK)})
		require.NoError(t, err, out)
		s.plain = a.Digest
	})
	require.NotEmpty(t, s.plain, "the program was not built")
	return s.plain
}

func (s *suite) spec(t *testing.T, env map[string]string) runtime.InstanceSpec {
	t.Helper()
	return runtime.InstanceSpec{
		Name: s.name(t), Digest: s.artifact(t), Env: env, Port: 8080,
		Labels: runtime.Labels{Organization: "org_test", Project: "prj_test", Service: "svc_test", Release: "rel_test", Deployment: "dep_test", Replica: 2},
	}
}

func (s *suite) start(t *testing.T, spec runtime.InstanceSpec) runtime.Instance {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, s.r.Remove(ctx, spec.Name))
	})
	i, err := s.r.Start(ctx, spec)
	require.NoError(t, err)
	return i
}

// serve starts a replica and waits until it answers.
func (s *suite) serve(t *testing.T, env map[string]string) (runtime.InstanceSpec, runtime.Instance) {
	t.Helper()
	spec := s.spec(t, env)
	i := s.start(t, spec)
	s.answers(t, i)
	return spec, i
}

func (s *suite) answers(t *testing.T, i runtime.Instance) {
	t.Helper()
	eventually(t, i.Name+" answers", func() bool { _, err := get(i, "/"); return err == nil })
}

// instance finds a replica in the listing.
func (s *suite) instance(t *testing.T, name string) (runtime.Instance, bool) {
	t.Helper()
	all, err := s.r.Instances(t.Context(), "")
	require.NoError(t, err)
	for _, i := range all {
		if i.Name == name {
			return i, true
		}
	}
	return runtime.Instance{}, false
}

// becomes waits until the listing shows the replica so.
func (s *suite) becomes(t *testing.T, name, what string, is func(runtime.Instance) bool) runtime.Instance {
	t.Helper()
	var seen runtime.Instance
	eventually(t, name+" "+what, func() bool {
		seen, _ = s.instance(t, name)
		return is(seen)
	})
	return seen
}

func exited(i runtime.Instance) bool { return i.State == runtime.Exited }

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		}
	}
}

var client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func get(i runtime.Instance, path string) (string, error) {
	res, err := client.Get("http://" + i.Address + path)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf []byte
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf = append(b.buf, p...)
	return len(p), nil
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.buf)
}
