package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/runtime/process"
	"github.com/syntra-dev/syntra/agent/runtime/runtimetest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/edge"
	"github.com/syntra-dev/syntra/edge/control"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/hub/hubtest"
	"github.com/syntra-dev/syntra/source"
)

// The test binary is the process runtime's shim too, and an agent that a test can kill -9.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 {
		switch os.Args[1] {
		case "process-shim":
			os.Exit(process.RunShim(os.Args[2:]))
		case "agent":
			os.Exit(runAgent(os.Args[2]))
		}
	}
	os.Exit(m.Run())
}

// setup is what an agent in another process needs to know.
type setup struct {
	URL, Token, DataDir, RuntimeDir, EdgeSocket, Settle string
	RepositoryRoots                                     []string
}

func (s setup) options() (agent.Options, func(), error) {
	self, err := os.Executable()
	if err != nil {
		return agent.Options{}, nil, err
	}
	rt, err := process.Open(process.Options{Dir: s.RuntimeDir, Shim: []string{self, "process-shim"}, Settle: time.Second, PruneAge: time.Nanosecond, Logger: hubtest.Quiet()})
	if err != nil {
		return agent.Options{}, nil, err
	}
	settle, err := time.ParseDuration(s.Settle)
	if err != nil {
		return agent.Options{}, nil, err
	}
	return agent.Options{
		Settle: settle, URL: s.URL, Token: s.Token, DataDir: s.DataDir, Runtimes: []runtime.Runtime{rt}, Edge: control.NewClient(s.EdgeSocket),
		Logger: hubtest.Quiet(), Version: "test", Watch: 100 * time.Millisecond, Liveness: 100 * time.Millisecond,
		RepositoryRoots: s.RepositoryRoots, Prune: 100 * time.Millisecond, Certify: 100 * time.Millisecond,
	}, func() { _ = rt.Close() }, nil
}

func runAgent(raw string) int {
	var s setup
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		return 2
	}
	opts, done, err := s.options()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer done()
	if err := agent.Run(context.Background(), opts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// patience bounds every wait of these tests.
const patience = 40 * time.Second

func soon(t testing.TB, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, patience, 20*time.Millisecond, what)
}

// node is a control plane, one server with an edge, and its agent.
type node struct {
	t      testing.TB
	plane  *hubtest.Plane
	hub    *hubtest.Replica
	store  *store
	name   string
	server string
	setup  setup
	edge   control.Status
	beat   atomic.Pointer[wire.Heartbeat] // the last one

	mu      sync.Mutex
	uploads map[string][]byte
	desired *wire.Reconcile
	told    int // how often desired was told
	certify certify
	stop    func()
	ended   func() // waits for the agent to end by itself
	rt      runtime.Runtime
}

func newNode(t testing.TB) *node {
	t.Helper()
	plane := hubtest.New(t)
	return newNodeOn(t, plane, issuer(t, plane), "one")
}

// newNodeOn makes a server of a control plane that may have others, with a replica of the control plane of its own.
func newNodeOn(t testing.TB, plane *hubtest.Plane, certify certify, name string) *node {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent") // t.TempDir's names can be too long for a socket
	require.NoError(t, err)
	n := &node{t: t, plane: plane, name: name, certify: certify, uploads: map[string][]byte{}, stop: func() {}}
	n.setup = setup{Settle: "2m", DataDir: filepath.Join(dir, "agent"), RuntimeDir: filepath.Join(dir, "process"), EdgeSocket: filepath.Join(dir, "edge.sock")}
	n.server, n.setup.Token = n.plane.AddServer(name)
	t.Cleanup(func() { n.clean(); _ = os.RemoveAll(dir) })
	n.store = openStore(t, n.plane, 0)
	n.startHub("")
	n.startEdge()
	return n
}

func (n *node) startHub(at string) {
	n.t.Helper()
	n.hub = n.plane.Start(at, func(o *hub.Options) {
		o.OnHeartbeat = func(_, _ string, hb wire.Heartbeat) { n.beat.Store(&hb) }
		o.Replica, o.Certify = n.name, n.certify
		o.Uploads, o.Artifacts, o.ReconcileEvery = n, n.store, 200*time.Millisecond
		o.Desired = func(context.Context, string) (wire.Reconcile, error) {
			n.mu.Lock()
			defer n.mu.Unlock()
			if n.desired == nil {
				return wire.Reconcile{}, errors.New("the test has no opinion")
			}
			n.told++
			return *n.desired, nil
		}
	})
	n.setup.URL = n.hub.URL
}

func (n *node) startEdge() {
	n.t.Helper()
	ready, done := make(chan control.Status, 1), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		done <- edge.Run(ctx, edge.Options{
			DataDir: filepath.Dir(n.setup.EdgeSocket) + "/edge", HTTPAddr: "127.0.0.1:0", PeerAddr: "127.0.0.1:0", Socket: n.setup.EdgeSocket, Version: "test",
			Logger: hubtest.Quiet(), StopGrace: time.Second, OnReady: func(s control.Status) { ready <- s },
		})
	}()
	n.t.Cleanup(func() { cancel(); <-done })
	select {
	case n.edge = <-ready:
	case err := <-done:
		n.t.Fatalf("the edge did not start: %v", err)
	}
}

// start runs the agent in this process and waits until it is connected.
func (n *node) start() {
	n.t.Helper()
	opts, closeRuntime, err := n.setup.options()
	require.NoError(n.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- agent.Run(ctx, opts) }()
	n.rt = opts.Runtimes[0]
	over := make(chan struct{})
	go func() {
		defer close(over)
		if err := <-done; err != nil {
			n.t.Errorf("the agent ended with: %v", err)
		}
	}()
	n.ended = func() {
		select {
		case <-over:
		case <-time.After(patience):
			n.t.Fatal("the agent did not end")
		}
	}
	var once sync.Once
	n.stop = func() { once.Do(func() { cancel(); <-over; closeRuntime() }) }
	n.connected()
}

func (n *node) connected() {
	n.t.Helper()
	soon(n.t, "the agent is connected", func() bool {
		_, err := n.ask("", wire.KindObserve, wire.Observe{Owner: owner("svc_none")})
		return err == nil
	})
}

// clean ends the agent and every replica.
func (n *node) clean() {
	n.stop()
	opts, done, err := n.setup.options()
	if err != nil {
		n.t.Errorf("clean: %v", err)
		return
	}
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	rt := opts.Runtimes[0]
	list, err := rt.Instances(ctx, "")
	if err != nil {
		n.t.Errorf("clean: %v", err)
	}
	for _, i := range list {
		if err := rt.Remove(ctx, i.Name); err != nil {
			n.t.Errorf("clean %s: %v", i.Name, err)
		}
	}
}

// Open serves uploads to the hub.
func (n *node) Open(_ context.Context, _, id string) (io.ReadCloser, int64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	body, ok := n.uploads[id]
	if !ok {
		return nil, 0, domain.Errorf(domain.NotFound, "no upload %s", id)
	}
	return io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
}

// OpenHere serves uploads to other hubs.
func (n *node) OpenHere(ctx context.Context, org, id string) (io.ReadCloser, int64, error) {
	return n.Open(ctx, org, id)
}

// upload packs a directory and answers the upload's id and digest.
func (n *node) upload(dir string) (id, digest string) {
	n.t.Helper()
	var b bytes.Buffer
	_, err := source.Pack(context.Background(), dir, &b, source.DefaultLimits)
	require.NoError(n.t, err)
	n.mu.Lock()
	defer n.mu.Unlock()
	id = "upl_" + strconv.Itoa(len(n.uploads))
	n.uploads[id] = b.Bytes()
	return id, "sha256:" + hubtest.Hash(b.String())
}

func owner(service string) wire.Owner {
	return wire.Owner{Organization: hubtest.Org, Project: "prj_1", Service: service, Deployment: "dep_1"}
}

var commands sync.Mutex
var commandCount int

func newID() string {
	commands.Lock()
	defer commands.Unlock()
	commandCount++
	return "test/" + strconv.Itoa(commandCount)
}

// ask sends a command once; id "" makes a new one.
func (n *node) ask(id string, kind wire.Kind, body any) (wire.Result, error) {
	data, err := json.Marshal(body)
	require.NoError(n.t, err)
	if id == "" {
		id = newID()
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return n.hub.Do(ctx, n.server, wire.Command{ID: id, Kind: kind, Data: data}, nil)
}

// must sends a command and wants it to succeed.
func must[T any](n *node, id string, kind wire.Kind, body any) T {
	n.t.Helper()
	res, err := n.ask(id, kind, body)
	require.NoError(n.t, err)
	if res.Error != nil {
		n.t.Fatalf("%s failed with %s: %s", kind, res.Error.Code, res.Error.Message)
	}
	var out T
	require.NoError(n.t, json.Unmarshal(res.Data, &out))
	return out
}

// fails sends a command and wants it to fail.
func (n *node) fails(kind wire.Kind, body any) *wire.Failure {
	n.t.Helper()
	res, err := n.ask("", kind, body)
	require.NoError(n.t, err)
	require.NotNil(n.t, res.Error, "it succeeded: %s", res.Data)
	return res.Error
}

// built answers the digest of the test program, built on the node.
func (n *node) built(service string) string {
	n.t.Helper()
	id, digest := n.upload(runtimetest.ProcessSource(n.t, runtimetest.BuildOK))
	return must[wire.Built](n, "", wire.KindBuild, wire.Build{Owner: owner(service), UploadID: id, Digest: digest}).Digest
}

// release is a Start of the test program.
func release(service, rel, digest string, replicas int, env map[string]string) wire.Start {
	return wire.Start{
		Owner: owner(service), Release: rel, Runtime: "process", Digest: digest, Replicas: replicas, Env: env, Port: 8080, GraceSeconds: 5,
		Health: health(service, rel),
	}
}

func health(service, rel string) wire.Health {
	return wire.Health{Owner: owner(service), Release: rel, Path: "/up", IntervalMillis: 50, TimeoutSeconds: 5, DeadlineSeconds: 20}
}

const host = "app.localhost"

// healthy starts a release, without giving it traffic.
func (n *node) healthy(s wire.Start) {
	n.t.Helper()
	must[wire.Started](n, "", wire.KindStart, s)
	must[wire.Healthy](n, "", wire.KindHealth, s.Health)
}

// live deploys a release all the way to the edge.
func (n *node) live(s wire.Start) wire.Routed {
	n.t.Helper()
	n.healthy(s)
	return n.shift(s.Owner.Service, traffic.All(s.Release))
}

// shift splits a service's traffic.
func (n *node) shift(service string, split traffic.Split) wire.Routed {
	n.t.Helper()
	return must[wire.Routed](n, "", wire.KindRoute, wire.Route{Owner: owner(service), Shares: split, Hosts: []string{host}})
}

// fetch asks through the edge.
func (n *node) fetch(path string) (status int, body string) {
	req, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:"+strconv.Itoa(n.edge.HTTPPort)+path, nil)
	require.NoError(n.t, err)
	req.Host = host
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(raw)
}

// serves waits until the edge answers with a body.
func (n *node) serves(body string) {
	n.t.Helper()
	soon(n.t, "the edge answers "+body, func() bool { status, got := n.fetch("/"); return status == 200 && got == body })
}

func (n *node) observe(service, rel string) wire.Observed {
	n.t.Helper()
	return must[wire.Observed](n, "", wire.KindObserve, wire.Observe{Owner: owner(service), Release: rel})
}

func failing(t testing.TB) string { return runtimetest.ProcessSource(t, runtimetest.BuildFails) }

func (n *node) table() (control.Table, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return n.edgeClient().Table(ctx)
}

func (n *node) edgeClient() *control.Client { return control.NewClient(n.setup.EdgeSocket) }
