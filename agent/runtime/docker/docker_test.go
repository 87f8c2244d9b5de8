package docker_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/runtime/docker"
	"github.com/syntra-dev/syntra/agent/runtime/runtimetest"
)

const settle = time.Second

// open makes an adapter of a scope of the test's own, or leaves the test out where no engine answers.
func open(t testing.TB, scope string) *docker.Runtime {
	t.Helper()
	r, err := docker.Open(docker.Options{Scope: scope, Settle: settle, PruneAge: time.Nanosecond})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := r.Ping(ctx); err != nil {
		if os.Getenv("SYNTRA_REQUIRE_DOCKER") == "1" {
			t.Fatalf("SYNTRA_REQUIRE_DOCKER=1, but no Docker engine answers: %v", err)
		}
		t.Skipf("left out, since no Docker engine answers (start one, or set DOCKER_HOST): %v", err)
	}
	return r
}

// scopeOf is unlike that of any other test run on this engine; what is left of it is removed at the end.
func scopeOf(t testing.TB) string {
	t.Helper()
	scope := fmt.Sprintf("test-%d-%x", os.Getpid(), time.Now().UnixNano())
	t.Cleanup(func() {
		r, err := docker.Open(docker.Options{Scope: scope, PruneAge: time.Nanosecond})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if r.Ping(ctx) != nil {
			return
		}
		left, err := r.Instances(ctx, "")
		require.NoError(t, err)
		for _, i := range left {
			require.NoError(t, r.Remove(ctx, i.Name))
		}
		_, err = r.Prune(ctx, nil)
		require.NoError(t, err)
		require.NoError(t, r.Close())
	})
	return scope
}

func TestDocker_conforms(t *testing.T) {
	t.Parallel()
	scope := scopeOf(t)
	runtimetest.Exercise(t, runtimetest.Setup{
		Open:   func(t *testing.T) runtime.Runtime { return open(t, scope) },
		Settle: settle, Source: runtimetest.DockerSource, App: "/app", Root: "/", OOM: true,
	})
}

func listOf(label string) container.ListOptions {
	return container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", label))}
}
