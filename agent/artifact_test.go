package agent_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/runtime/runtimetest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/blob"
	"github.com/syntra-dev/syntra/artifact/registry"
	"github.com/syntra-dev/syntra/artifact/token"
	"github.com/syntra-dev/syntra/hub/hubtest"
)

// passes are those of a vault that hides nothing.
type passes struct{}

func (passes) Pass(purpose string, what []byte) (string, error) {
	return base64.RawURLEncoding.EncodeToString([]byte(purpose + "\x00" + string(what))), nil
}

func (passes) ReadPass(purpose, pass string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(pass)
	what, ok := strings.CutPrefix(string(raw), purpose+"\x00")
	if err != nil || !ok {
		return nil, errors.New("no pass")
	}
	return []byte(what), nil
}

// store is a node's registry, and how agents reach it.
type store struct {
	*registry.Registry
	url   string
	ahead atomic.Int64 // of the true time
}

// passes makes the registry's time pass.
func (s *store) passes(d time.Duration) { s.ahead.Add(int64(d)) }

func openStore(t testing.TB, plane *hubtest.Plane, quota int64) *store {
	t.Helper()
	blobs, err := blob.OpenFolder(t.TempDir())
	require.NoError(t, err)
	s := &store{}
	s.Registry, err = registry.New(context.Background(), registry.Options{
		Pool: plane.Pool, Blobs: blobs, Tokens: &token.Signer{Passes: passes{}}, Quota: quota, Logger: hubtest.Quiet(),
		Now: func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) },
	})
	require.NoError(t, err)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *store) owner(service string) artifact.Owner {
	return artifact.Owner{Organization: hubtest.Org, Service: service}
}

func (s *store) pushing(t testing.TB, service, digest string) wire.PushArtifact {
	t.Helper()
	secret, err := s.PushToken(s.owner(service), time.Minute)
	require.NoError(t, err)
	return wire.PushArtifact{
		Owner: owner(service), Runtime: "process", Digest: digest,
		Registry: wire.Registry{URL: s.url, Repository: s.owner(service).Repository(), Token: secret},
	}
}

func (s *store) pulling(t testing.TB, service, digest string) wire.Registry {
	t.Helper()
	manifest, secret, err := s.PullToken(t.Context(), s.owner(service), digest, time.Minute)
	require.NoError(t, err)
	return wire.Registry{URL: s.url, Repository: s.owner(service).Repository(), Token: secret, Manifest: manifest}
}

// sibling is another server of the same control plane, with an agent and an edge of its own.
func (n *node) sibling() *node {
	n.t.Helper()
	dir, err := os.MkdirTemp("", "agent")
	require.NoError(n.t, err)
	s := &node{t: n.t, plane: n.plane, hub: n.hub, store: n.store, uploads: map[string][]byte{}, stop: func() {}}
	s.setup = setup{
		Settle: "2m", URL: n.hub.URL, DataDir: filepath.Join(dir, "agent"), RuntimeDir: filepath.Join(dir, "process"),
		EdgeSocket: filepath.Join(dir, "edge.sock"),
	}
	s.server, s.setup.Token = n.plane.AddServer("two")
	n.t.Cleanup(func() { s.clean(); _ = os.RemoveAll(dir) })
	s.startEdge()
	s.start()
	return s
}

// places are the servers that are known to hold an artifact; "" is the registry.
func (n *node) places(digest string) []string {
	all, err := n.store.Locations(context.Background(), hubtest.Org, digest)
	require.NoError(n.t, err)
	places := []string{}
	for _, l := range all {
		places = append(places, l.Server)
	}
	return places
}

func TestAnArtifactGoesFromOneServerToAnother(t *testing.T) {
	t.Parallel()
	one := newNode(t)
	one.start()
	two := one.sibling()
	const svc = "svc_1"
	digest := one.built(svc)
	soon(t, "it is known where the artifact is", func() bool { return len(one.places(digest)) == 1 })
	require.Equal(t, []string{one.server}, one.places(digest))

	push := one.store.pushing(t, svc, digest)
	pushed := must[wire.ArtifactPushed](one, "dep_1/push", wire.KindPush, push)
	require.Regexp(t, `^sha256:[0-9a-f]{64}$`, pushed.Manifest)
	require.Positive(t, pushed.SizeBytes)
	require.Equal(t, []string{one.server, ""}, one.places(digest))
	push.Registry.Token = "expired"
	require.Equal(
		t,
		pushed,
		must[wire.ArtifactPushed](one, "dep_1/push", wire.KindPush, push),
		"a repeated command has its first outcome",
	)
	again := must[wire.ArtifactPushed](one, "", wire.KindPush, one.store.pushing(t, svc, digest))
	require.Equal(t, pushed.Manifest, again.Manifest)

	start := release(svc, "rel_1", digest, 1, map[string]string{"GREETING": "from afar"})
	f := two.fails(wire.KindStart, start)
	require.Equal(t, runtime.CodeNoArtifact, f.Code)
	from := one.store.pulling(t, svc, digest)
	start.Pull = &from
	two.live(start)
	two.serves("from afar")
	soon(t, "both are known to hold it", func() bool { return len(one.places(digest)) == 3 })

	pulled := must[wire.ArtifactPulled](
		two,
		"",
		wire.KindPull,
		wire.PullArtifact{Owner: owner(svc), Runtime: "process", Digest: digest, Registry: from},
	)
	require.True(t, pulled.WasHere)
	require.Zero(t, pulled.Bytes)
	for _, dir := range []string{one.setup.DataDir, two.setup.DataDir} {
		require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil //nolint:nilerr // what is gone meanwhile holds nothing
			}
			raw, _ := os.ReadFile(path)
			require.NotContains(t, string(raw), from.Token, path)
			return nil
		}), "no token is kept")
	}
}

func TestAnArtifactThatIsPrunedIsNotThereAnyMore(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.setup.Settle = "1ms"
	n.start()
	digest := n.built("svc_1")
	soon(t, "it is known where the artifact is", func() bool { return len(n.places(digest)) == 1 })
	// A word that may be older than the last addition takes nothing away.
	require.NoError(t, n.store.Tell(t.Context(), hubtest.Org, n.server, nil))
	require.Len(t, n.places(digest), 1)
	n.store.passes(3 * time.Minute)
	n.mu.Lock()
	n.desired = &wire.Reconcile{Artifacts: []string{}}
	n.mu.Unlock()
	soon(t, "the agent has pruned it and said so", func() bool { return len(n.places(digest)) == 0 })
}

func TestATransferThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	one := newNode(t)
	one.start()
	const svc = "svc_1"
	digest := one.built(svc)
	push := one.store.pushing(t, svc, digest)

	unknown := push
	unknown.Digest = "sha256:" + strings.Repeat("0", 64)
	require.Equal(t, runtime.CodeNoArtifact, one.fails(wire.KindPush, unknown).Code)

	over := push
	over.Registry.Token = "expired"
	require.Equal(t, wire.CodeInternal, one.fails(wire.KindPush, over).Code, "another token may do")

	for name, url := range map[string]string{"nobody listens": "http://127.0.0.1:1", "no URL": "file:///etc"} {
		lost := push
		lost.Registry.URL = url
		require.Equal(t, wire.CodeInternal, one.fails(wire.KindPush, lost).Code, name)
	}

	small := openStore(t, hubtest.New(t), 1<<20)
	full := small.pushing(t, svc, digest)
	f := one.fails(wire.KindPush, full)
	require.Equal(t, runtime.CodeQuota, f.Code)
	require.Contains(t, f.Message, "--registry-quota")

	must[wire.ArtifactPushed](one, "", wire.KindPush, push)
	from := one.store.pulling(t, svc, digest)
	two := one.sibling()
	gone := from
	gone.Manifest = unknown.Digest
	f = two.fails(
		wire.KindPull,
		wire.PullArtifact{Owner: owner(svc), Runtime: "process", Digest: digest, Registry: gone},
	)
	require.Equal(t, runtime.CodeNoArtifact, f.Code)
	other := runtimetest.ProcessSource(t, runtimetest.BuildArgs)
	id, sum := one.upload(other)
	wrong := must[wire.Built](
		one,
		"",
		wire.KindBuild,
		wire.Build{Owner: owner(svc), UploadID: id, Digest: sum, Args: map[string]string{"FLAVOUR": "x"}},
	).Digest
	f = two.fails(
		wire.KindPull,
		wire.PullArtifact{Owner: owner(svc), Runtime: "process", Digest: wrong, Registry: from},
	)
	require.Equal(t, runtime.CodeBadArtifact, f.Code, "what arrives is verified: %s", f.Message)
}
