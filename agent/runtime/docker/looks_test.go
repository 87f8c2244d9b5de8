package docker_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/runtime/docker"
)

var inspection = regexp.MustCompile(`/containers/[^/]+/json$`)

// counting is a way to the engine that counts the looks at single containers.
func counting(t *testing.T, count *atomic.Int64) (host string) {
	t.Helper()
	target := strings.TrimPrefix(engine(t).DaemonHost(), "unix://")
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "engine"})
	proxy.FlushInterval = -1
	proxy.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", target)
	}}
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if inspection.MatchString(req.URL.Path) {
			count.Add(1)
		}
		proxy.ServeHTTP(w, req)
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return "unix://" + path
}

func TestInstances_looksOnlyAtContainersToWhichSomethingHappened(t *testing.T) {
	t.Parallel()
	scope := scopeOf(t)
	digest := build(t, open(t, scope), "dep_looks", scope).Digest
	var looks atomic.Int64
	r, err := docker.Open(docker.Options{Scope: scope, Host: counting(t, &looks), Settle: settle})
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	for _, name := range []string{"a", "b", "c"} {
		_, err := r.Start(t.Context(), runtime.InstanceSpec{Name: name, Digest: digest, Port: 8080})
		require.NoError(t, err)
	}
	state := func(name string) runtime.Instance {
		all, err := r.Instances(t.Context(), "")
		require.NoError(t, err)
		require.Len(t, all, 3)
		for _, i := range all {
			if i.Name == name {
				return i
			}
		}
		return runtime.Instance{}
	}
	eventually(t, "many looks at all cost none at each", func() bool {
		before := looks.Load()
		for range 20 {
			require.Equal(t, runtime.Running, state("a").State)
		}
		return looks.Load() == before
	})
	// What happens behind its back is seen all the same.
	api := engine(t)
	require.NoError(t, api.ContainerKill(t.Context(), containerOf(t, api, "b"), "KILL"))
	eventually(t, "the end of b", func() bool { i := state("b"); return i.Restarts > 0 || i.State == runtime.Exited && i.ExitCode == 137 })
	before := state("c").StartedAt
	require.NoError(t, r.Stop(t.Context(), "c", 0))
	require.Equal(t, runtime.Exited, state("c").State)
	_, err = r.Start(t.Context(), runtime.InstanceSpec{Name: "c", Digest: digest, Port: 8080})
	require.NoError(t, err)
	require.True(t, state("c").StartedAt.After(before))
}
