package docker_test

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/runtime/docker"
	"github.com/syntra-dev/syntra/agent/runtime/runtimetest"
)

func build(t testing.TB, r *docker.Runtime, deployment, flavour string) runtime.Artifact {
	t.Helper()
	made, err := r.Build(t.Context(), runtime.BuildSpec{
		Organization: "org_test", Project: "prj_test", Service: "svc_Test", Deployment: deployment,
		Dir: runtimetest.DockerSource(t, runtimetest.BuildArgs), Args: map[string]string{"FLAVOUR": flavour},
	}, io.Discard)
	require.NoError(t, err)
	return made
}

func engine(t testing.TB) *client.Client {
	t.Helper()
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	require.NoError(t, err)
	t.Cleanup(func() { _ = api.Close() })
	return api
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline, tick := time.After(time.Minute), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		}
	}
}

func TestBuild_tellsThePortAndKeepsTheImageByATag(t *testing.T) {
	t.Parallel()
	scope := scopeOf(t)
	r := open(t, scope)
	made := build(t, r, "DEP_1", scope)
	require.Equal(t, 8080, made.Port)
	seen, err := engine(t).ImageInspect(t.Context(), made.Digest)
	require.NoError(t, err)
	require.Contains(t, seen.RepoTags, "syntra/svc_test:dep_1")
	require.Equal(t, "true", seen.Config.Labels["dev.syntra.managed"])
	require.Equal(t, "svc_Test", seen.Config.Labels["dev.syntra.service"])
	require.Equal(t, made.Digest, build(t, r, "DEP_2", scope).Digest, "an unchanged source is the same image")
}

func TestBuild_badSourceIsTold(t *testing.T) {
	t.Parallel()
	r := open(t, scopeOf(t))
	for name, c := range map[string]struct {
		spec runtime.BuildSpec
		code string
		want string
	}{
		"no Dockerfile":       {runtime.BuildSpec{Dir: t.TempDir()}, runtime.CodeBadSource, "nothing to build in here"},
		"none by that name":   {runtime.BuildSpec{Dir: t.TempDir(), Dockerfile: "web/Dockerfile"}, runtime.CodeBadSource, "no web/Dockerfile"},
		"a broken Dockerfile": {runtime.BuildSpec{Dir: runtimetest.Source(t, map[string]string{"Dockerfile": "FROM scratch\nCOOK app\n"})}, runtime.CodeBuildFailed, "COOK"},
		"an unknown target":   {runtime.BuildSpec{Dir: runtimetest.DockerSource(t, runtimetest.BuildOK), Target: "nope"}, runtime.CodeBuildFailed, "nope"},
		"a link out of it":    {runtime.BuildSpec{Dir: linked(t)}, runtime.CodeBadSource, "/etc/passwd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := r.Build(t.Context(), c.spec, io.Discard)
			require.Equal(t, c.code, runtime.CodeOf(err), "%v", err)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func linked(t testing.TB) string {
	t.Helper()
	dir := runtimetest.DockerSource(t, runtimetest.BuildOK)
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "l")))
	return dir
}

func TestScopes_doNotSeeEachOther(t *testing.T) {
	t.Parallel()
	one, other := scopeOf(t), scopeOf(t)
	mine, theirs := open(t, one), open(t, other)
	digest := build(t, theirs, "dep_theirs", other).Digest
	_, err := theirs.Start(t.Context(), runtime.InstanceSpec{Name: "svc.rel.0", Digest: digest, Port: 8080})
	require.NoError(t, err)
	all, err := mine.Instances(t.Context(), "")
	require.NoError(t, err)
	require.Empty(t, all)
	require.NoError(t, mine.Remove(t.Context(), "svc.rel.0"))
	_, err = mine.Prune(t.Context(), nil)
	require.NoError(t, err)
	all, err = theirs.Instances(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, all, 1)
	loose := build(t, theirs, "dep_loose", other+"loose").Digest
	_, err = mine.Prune(t.Context(), nil)
	require.NoError(t, err)
	has, err := theirs.Has(t.Context(), loose)
	require.NoError(t, err)
	require.True(t, has)
}

func TestPrune_leavesForeignTags(t *testing.T) {
	t.Parallel()
	scope := scopeOf(t)
	r := open(t, scope)
	digest := build(t, r, "dep_foreign", scope).Digest
	api := engine(t)
	foreign := "kept-by-somebody:" + scope
	require.NoError(t, api.ImageTag(t.Context(), digest, foreign))
	t.Cleanup(func() { _, _ = api.ImageRemove(context.Background(), foreign, image.RemoveOptions{}) })
	_, err := r.Prune(t.Context(), nil)
	require.NoError(t, err)
	seen, err := api.ImageInspect(t.Context(), digest)
	require.NoError(t, err)
	require.Equal(t, []string{foreign}, seen.RepoTags)
}

func TestStart_whatCannotRunIsTold(t *testing.T) {
	t.Parallel()
	scope := scopeOf(t)
	r := open(t, scope)
	digest := build(t, r, "dep_crash", scope).Digest
	_, err := r.Start(t.Context(), runtime.InstanceSpec{Name: "missing", Digest: digest, Port: 8080, Command: "/no/such/program"})
	require.NoError(t, err)
	eventually(t, "it is seen as crashed", func() bool {
		all, err := r.Instances(t.Context(), "")
		require.NoError(t, err)
		return all[0].State == runtime.Exited && all[0].ExitCode == 127
	})
	require.NoError(t, r.Remove(t.Context(), "missing"))

	empty, err := r.Build(t.Context(), runtime.BuildSpec{
		Service: "svc_test", Deployment: "dep_empty", Dir: runtimetest.Source(t, map[string]string{"Dockerfile": "FROM scratch\nCOPY app /app\n"}),
	}, io.Discard)
	require.NoError(t, err)
	_, err = r.Start(t.Context(), runtime.InstanceSpec{Name: "empty", Digest: empty.Digest, Port: 8080})
	require.Equal(t, runtime.CodeCrashed, runtime.CodeOf(err), "%v", err)
	all, err := r.Instances(t.Context(), "")
	require.NoError(t, err)
	require.Empty(t, all, "nothing is left of it")
}

func TestStart_takesAnotherPortWhenItsOwnIsTaken(t *testing.T) {
	t.Parallel()
	scope := scopeOf(t)
	r := open(t, scope)
	spec := runtime.InstanceSpec{Name: "moved", Digest: build(t, r, "dep_port", scope).Digest, Port: 8080}
	before, err := r.Start(t.Context(), spec)
	require.NoError(t, err)
	require.NoError(t, r.Stop(t.Context(), spec.Name, time.Second))
	squatter, err := net.Listen("tcp", before.Address)
	require.NoError(t, err)
	defer squatter.Close()
	after, err := r.Start(t.Context(), spec)
	require.NoError(t, err)
	require.NotEqual(t, before.Address, after.Address)
	require.Equal(t, runtime.Running, after.State)
}

func TestContainers_areRestartedByTheEngineOnlyOnceSettledAndNeverWhenStopped(t *testing.T) {
	t.Parallel()
	scope := scopeOf(t)
	r := open(t, scope)
	i, err := r.Start(t.Context(), runtime.InstanceSpec{Name: "policy" + scope, Digest: build(t, r, "dep_policy", scope).Digest, Port: 8080, MemoryMB: 64, CPUs: 0.5})
	require.NoError(t, err)
	api := engine(t)
	policy := func() string {
		list, err := r.Instances(t.Context(), "")
		require.NoError(t, err)
		require.Len(t, list, 1)
		c, err := api.ContainerInspect(t.Context(), containerOf(t, api, i.Name))
		require.NoError(t, err)
		require.NotEmpty(t, c.State.StartedAt)
		require.Equal(t, int64(64<<20), c.HostConfig.Memory)
		require.Equal(t, int64(5e8), c.HostConfig.NanoCPUs)
		require.Equal(t, []string{"no-new-privileges"}, c.HostConfig.SecurityOpt)
		require.True(t, *c.HostConfig.Init)
		require.Equal(t, "local", c.HostConfig.LogConfig.Type)
		return string(c.HostConfig.RestartPolicy.Name)
	}
	eventually(t, "it settles", func() bool { return policy() == "always" })
	require.NoError(t, r.Stop(t.Context(), i.Name, time.Second))
	require.Equal(t, "no", policy())
}

// TestEngine_gone puts a proxy between the adapter and the engine and takes it away.
func TestEngine_gone(t *testing.T) {
	t.Parallel()
	scope := scopeOf(t)
	working := open(t, scope)
	digest := build(t, working, "dep_gone", scope).Digest
	proxy := newProxy(t)
	r, err := docker.Open(docker.Options{Scope: scope, Host: "unix://" + proxy.path, Settle: settle})
	require.NoError(t, err, "the engine may come later")
	defer func() { require.NoError(t, r.Close()) }()
	require.ErrorIs(t, r.Ping(t.Context()), runtime.ErrUnavailable)
	_, err = r.Instances(t.Context(), "")
	require.ErrorIs(t, err, runtime.ErrUnavailable)

	proxy.open(t)
	require.NoError(t, r.Ping(t.Context()))
	spec := runtime.InstanceSpec{Name: "gone", Digest: digest, Port: 8080}
	i, err := r.Start(t.Context(), spec)
	require.NoError(t, err)
	lines := make(chan runtime.Line, 100)
	ended := make(chan error, 1)
	go func() { ended <- r.Logs(t.Context(), i.Name, time.Time{}, func(l runtime.Line) { lines <- l }) }()
	first := <-lines
	require.Equal(t, "booting ", first.Text)

	proxy.close()
	select {
	case err := <-ended:
		require.ErrorIs(t, err, runtime.ErrUnavailable, "a log that breaks off is not one that ends")
	case <-time.After(time.Minute):
		t.Fatal("Logs does not notice")
	}
	require.ErrorIs(t, r.Stop(t.Context(), i.Name, time.Second), runtime.ErrUnavailable)
	_, err = r.Has(t.Context(), digest)
	require.ErrorIs(t, err, runtime.ErrUnavailable)

	proxy.open(t)
	again, err := r.Start(t.Context(), spec)
	require.NoError(t, err)
	require.Equal(t, i.Address, again.Address)
	require.True(t, i.StartedAt.Equal(again.StartedAt), "it ran all the while")
}

func containerOf(t testing.TB, api *client.Client, name string) string {
	t.Helper()
	list, err := api.ContainerList(t.Context(), listOf("dev.syntra.name="+name))
	require.NoError(t, err)
	require.Len(t, list, 1)
	return list[0].ID
}

// proxy is a way to the engine that can be cut.
type proxy struct {
	path string
	mu   sync.Mutex
	l    net.Listener
	live []net.Conn
}

func newProxy(t testing.TB) *proxy {
	dir, err := os.MkdirTemp("", "syn") // a socket's path must be short
	require.NoError(t, err)
	p := &proxy{path: filepath.Join(dir, "s")}
	t.Cleanup(func() { p.close(); _ = os.RemoveAll(dir) })
	return p
}

func (p *proxy) open(t testing.TB) {
	t.Helper()
	target := strings.TrimPrefix(engine(t).DaemonHost(), "unix://")
	l, err := net.Listen("unix", p.path)
	require.NoError(t, err)
	p.l = l
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("unix", target)
			if err != nil {
				_ = in.Close()
				continue
			}
			p.mu.Lock()
			p.live = append(p.live, in, out)
			p.mu.Unlock()
			for a, b := range map[net.Conn]net.Conn{in: out, out: in} {
				go func() { _, _ = io.Copy(a, b); _ = a.Close() }()
			}
		}
	}()
}

func (p *proxy) close() {
	if p.l != nil {
		_ = p.l.Close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.live {
		_ = c.Close()
	}
	p.live = nil
}
