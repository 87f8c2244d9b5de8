package agent_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/runtime/runtimetest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/telemetry"
)

func TestAServiceIsDeployedReplacedAndTakenAway(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	const svc = "svc_1"
	digest := n.built(svc)

	t.Run("the build's output is in the log", func(t *testing.T) {
		soon(t, "build lines", func() bool {
			return slices.Contains(n.plane.Sink.Bodies(telemetry.Build), "compiling the second part")
		})
	})

	first := n.live(release(svc, "rel_1", digest, 2, map[string]string{"GREETING": "one"}))
	require.Len(t, first.Upstreams, 2)
	require.Empty(t, first.Previous)
	n.serves("one")
	require.Equal(t, 2, n.observe(svc, "rel_1").Healthy)

	second := n.live(release(svc, "rel_2", digest, 1, map[string]string{"GREETING": "two"}))
	require.Equal(t, traffic.All("rel_1"), second.Previous)
	n.serves("two")

	t.Run("a release that has the traffic is not drained", func(t *testing.T) {
		f := n.fails(wire.KindDrain, wire.Drain{Owner: owner(svc), Release: "rel_2", Seconds: 1, WebSocketSeconds: 1})
		require.Equal(t, wire.CodeInternal, f.Code)
	})
	must[wire.Drained](n, "", wire.KindDrain, wire.Drain{Owner: owner(svc), Release: "rel_1", Seconds: 5, WebSocketSeconds: 5})

	t.Run("a stopped release can be started again", func(t *testing.T) {
		stopped := must[wire.Stopped](n, "", wire.KindStop, wire.Stop{Owner: owner(svc), Releases: []string{"rel_1"}, GraceSeconds: 5})
		require.Equal(t, []string{"svc_1.rel_1.1", "svc_1.rel_1.2"}, stopped.Names)
		seen := n.observe(svc, "rel_2")
		require.Len(t, seen.Instances, 3)
		require.Equal(t, runtime.Exited, seen.Instances[0].State)
		require.Equal(t, traffic.All("rel_2"), seen.Split)
		require.Equal(t, []string{host}, seen.Hosts)
		back := n.live(release(svc, "rel_1", digest, 2, map[string]string{"GREETING": "one"}))
		require.Equal(t, traffic.All("rel_2"), back.Previous)
		n.serves("one")
	})

	t.Run("scaling changes what runs and what the edge has", func(t *testing.T) {
		for _, replicas := range []int{3, 1} {
			started := must[wire.Started](n, "", wire.KindStart, release(svc, "rel_1", digest, replicas, map[string]string{"GREETING": "one"}))
			require.Len(t, started.Instances, replicas)
			soon(t, "the edge follows", func() bool {
				table, err := n.table()
				return err == nil && len(table.Services) == 1 && len(table.Services[0].Pools[0].Endpoints) == replicas
			})
		}
	})

	must[wire.Stopped](n, "", wire.KindStop, wire.Stop{Owner: owner(svc), GraceSeconds: 5, Remove: true, Unroute: true})
	gone := n.observe(svc, "")
	require.Empty(t, gone.Instances)
	require.Empty(t, gone.Split)
	status, _ := n.fetch("/")
	require.Equal(t, http.StatusNotFound, status, "nothing is left of it at the edge")

	soon(t, "what the program said, and what Syntra did, is in the log", func() bool {
		out, sys := n.plane.Sink.Bodies(telemetry.Stdout), n.plane.Sink.Bodies(telemetry.System)
		return slices.Contains(out, "booting one") && slices.Contains(out, "got SIGTERM") && slices.Contains(sys, "replica 1 started") && slices.Contains(sys, "replica 1 stopped")
	})
}

func TestAReleaseThatIsNotWellIsToldWhy(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	const svc = "svc_1"
	digest := n.built(svc)
	try := func(rel string, env map[string]string, change func(*wire.Health)) *wire.Failure {
		s := release(svc, rel, digest, 1, env)
		must[wire.Started](n, "", wire.KindStart, s)
		if change != nil {
			change(&s.Health)
		}
		return n.fails(wire.KindHealth, s.Health)
	}

	t.Run("it crashes at boot: the exit code and the last lines are told, secrets are not", func(t *testing.T) {
		f := try("rel_crash", map[string]string{"BOOT_EXIT": "3", "GREETING": "hunter2-is-secret"}, nil)
		require.Equal(t, runtime.CodeCrashed, f.Code)
		require.Contains(t, f.Message, "exit code 3")
		require.Contains(t, f.Message, "cannot boot")
		require.Contains(t, f.Message, "booting")
		require.NotContains(t, f.Message, "hunter2-is-secret")
	})
	t.Run("nothing listens", func(t *testing.T) {
		s := release(svc, "rel_deaf", digest, 1, nil)
		s.Command = "exec ./app build-hang"
		s.Health.DeadlineSeconds = 1
		must[wire.Started](n, "", wire.KindStart, s)
		f := n.fails(wire.KindHealth, s.Health)
		require.Equal(t, runtime.CodeNoPort, f.Code)
		require.Contains(t, f.Message, "$PORT")
	})
	t.Run("the health path never passes", func(t *testing.T) {
		// An answer that comes after the probe's own limit is none.
		f := try("rel_slow", nil, func(h *wire.Health) { h.Path, h.TimeoutSeconds, h.DeadlineSeconds = "/allocate?mb=1", 1, 2 })
		require.Equal(t, runtime.CodeUnhealthy, f.Code)
		require.Contains(t, f.Message, "/allocate?mb=1")
		require.Contains(t, f.Message, "no answer within 1s")
	})
	t.Run("a path that is not there is told before the deadline, with what mends it", func(t *testing.T) {
		s := release(svc, "rel_lost", digest, 1, nil)
		s.Command = "exec python3 -m http.server --bind $HOST $PORT"
		s.Health.Path, s.Health.Host, s.Health.DeadlineSeconds = "/nowhere", "shop.example.com", 8
		must[wire.Started](n, "", wire.KindStart, s)
		f := n.fails(wire.KindHealth, s.Health)
		require.Equal(t, runtime.CodeUnhealthy, f.Code)
		require.Regexp(t, `GET http://127\.0\.0\.1:\d+/nowhere \(Host: shop\.example\.com\): 404, \d+ attempts in [4-7]s; the program listens on`, f.Message)
		require.Contains(t, f.Message, "health:\n  path: /")
		require.Contains(t, f.Message, "It last said:\n")
	})
	t.Run("a program that listens elsewhere is told where", func(t *testing.T) {
		s := release(svc, "rel_elsewhere", digest, 1, nil)
		s.Command = `PORT=1 exec python3 -m http.server --bind 127.0.0.1 0`
		s.Health.DeadlineSeconds = 8
		must[wire.Started](n, "", wire.KindStart, s)
		f := n.fails(wire.KindHealth, s.Health)
		require.Equal(t, runtime.CodeNoPort, f.Code)
		require.Regexp(t, `in [4-7]s; the program listens on 127\.0\.0\.1:\d+, not on port \d+\. Make the program listen on the port in \$PORT`, f.Message)
	})
	t.Run("the artifact is gone", func(t *testing.T) {
		f := n.fails(wire.KindStart, release(svc, "rel_none", "sha256:0000000000000000000000000000000000000000000000000000000000000000", 1, nil))
		require.Equal(t, runtime.CodeNoArtifact, f.Code)
	})
	t.Run("the runtime is not on this server", func(t *testing.T) {
		s := release(svc, "rel_none", digest, 1, nil)
		s.Runtime = "docker"
		f := n.fails(wire.KindStart, s)
		require.Equal(t, runtime.CodeNoRuntime, f.Code)
	})
	t.Run("a command that names a path instead of an id is not done", func(t *testing.T) {
		f := n.fails(wire.KindStart, release(svc, "../../etc", digest, 1, nil))
		require.Contains(t, f.Message, "no id")
	})
}

func TestWithoutAHealthPathWhatCountedIsSaidAndKept(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	const svc = "svc_unsaid"
	s := release(svc, "rel_unsaid", n.built(svc), 1, nil)
	s.Command = "exec python3 -m http.server --bind $HOST $PORT"
	s.Health.Path = ""
	must[wire.Started](n, "", wire.KindStart, s)
	healthy := must[wire.Healthy](n, "", wire.KindHealth, s.Health)
	require.Equal(t, "/", healthy.Path, "it has no /up")
	require.Equal(t, 200, healthy.Status)
}

func TestARepositoryIsBuiltAtItsCommit(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	dir := runtimetest.ProcessSource(t, runtimetest.BuildOK)
	n.setup.RepositoryRoots = []string{filepath.Dir(dir)}
	n.start()
	repo, err := git.PlainInitWithOptions(dir, &git.PlainInitOptions{InitOptions: git.InitOptions{DefaultBranch: "refs/heads/trunk"}})
	require.NoError(t, err)
	tree, err := repo.Worktree()
	require.NoError(t, err)
	require.NoError(t, tree.AddGlob("."))
	commit, err := tree.Commit("Say hello\n\nat length", &git.CommitOptions{Author: &object.Signature{Name: "a", Email: "a@localhost"}})
	require.NoError(t, err)

	built := must[wire.Built](n, "", wire.KindBuild, wire.Build{Owner: owner("svc_1"), Repository: dir, Ref: "trunk"})
	require.Equal(t, commit.String(), built.Commit)
	require.Equal(t, "trunk", built.Branch)
	require.Equal(t, "Say hello", built.Subject)

	f := n.fails(wire.KindBuild, wire.Build{Owner: owner("svc_1"), Repository: dir, Ref: "nowhere"})
	require.Equal(t, runtime.CodeBadSource, f.Code)

	t.Run("but no repository of the server that the agent was not started for", func(t *testing.T) {
		link := filepath.Join(filepath.Dir(dir), "way-out")
		require.NoError(t, os.Symlink(t.TempDir(), link))
		for _, path := range []string{"/", t.TempDir(), link, filepath.Dir(dir) + "/../../..", filepath.Dir(dir) + "x"} {
			f := n.fails(wire.KindBuild, wire.Build{Owner: owner("svc_1"), Repository: path})
			require.Equal(t, runtime.CodeBadSource, f.Code)
			require.Contains(t, f.Message, "--repository-root", path)
		}
	})
}

func TestABuildThatFailsIsToldWhy(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	n.start()
	const svc = "svc_1"

	t.Run("the program's own mistake", func(t *testing.T) {
		id, digest := n.upload(failing(t))
		f := n.fails(wire.KindBuild, wire.Build{Owner: owner(svc), UploadID: id, Digest: digest})
		require.Equal(t, runtime.CodeBuildFailed, f.Code)
		require.Contains(t, f.Message, "the semicolon is missing")
	})
	t.Run("a source that is not the one uploaded", func(t *testing.T) {
		id, _ := n.upload(failing(t))
		f := n.fails(wire.KindBuild, wire.Build{Owner: owner(svc), UploadID: id, Digest: "sha256:other"})
		require.Equal(t, wire.CodeInternal, f.Code, "it may be fetched again")
		require.Contains(t, f.Message, "should be sha256:other")
	})
	t.Run("a source that is gone", func(t *testing.T) {
		f := n.fails(wire.KindBuild, wire.Build{Owner: owner(svc), UploadID: "upl_none"})
		require.Equal(t, runtime.CodeBadSource, f.Code)
	})
	t.Run("no source at all", func(t *testing.T) {
		f := n.fails(wire.KindBuild, wire.Build{Owner: owner(svc)})
		require.Equal(t, runtime.CodeBadSource, f.Code)
	})
	t.Run("a Dockerfile where no engine answers, unless a process is asked for", func(t *testing.T) {
		dir := runtimetest.Source(t, map[string]string{
			"Dockerfile": "FROM scratch", "x/Containerfile": "FROM scratch",
			"syntra.yaml": "build:\n  command: ./app build-ok\nrun:\n  command: exec ./app serve\n",
		})
		id, digest := n.upload(dir)
		b := wire.Build{Owner: owner(svc), UploadID: id, Digest: digest}
		for _, file := range []string{"", "x/Containerfile"} {
			b.Dockerfile = file
			f := n.fails(wire.KindBuild, b)
			require.Equal(t, runtime.CodeNoRuntime, f.Code)
			require.Contains(t, f.Message, "start Docker there, or set build.runtime to process")
		}
		b.Runtime = "process"
		require.Equal(t, "process", must[wire.Built](n, "", wire.KindBuild, b).Runtime)
	})
	t.Run("a directory that is not there, or not inside", func(t *testing.T) {
		id, digest := n.upload(failing(t))
		for _, dir := range []string{"nowhere", "../.."} {
			f := n.fails(wire.KindBuild, wire.Build{Owner: owner(svc), UploadID: id, Digest: digest, Directory: dir})
			require.Equal(t, runtime.CodeBadSource, f.Code, dir)
		}
	})
}
