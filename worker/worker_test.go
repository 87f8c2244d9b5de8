package worker_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/reactors"
	"github.com/syntra-dev/syntra/worker"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
)

// platform runs a reactor and a worker on a true Temporal server, in a namespace of their own.
func platform(t *testing.T, h *activitytest.House) client.Client {
	t.Helper()
	address := os.Getenv("TEMPORAL_ADDRESS")
	if address == "" {
		t.Skip("no Temporal server: set TEMPORAL_ADDRESS (`go tool task test` starts one)")
	}
	namespace := "test-" + strings.ToLower(rand.Text()[:12])
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	c, err := client.NewLazyClient(client.Options{HostPort: address, Namespace: namespace, Logger: temporallog.NewStructuredLogger(logger)})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 2)
	go func() {
		ended <- worker.Run(ctx, worker.Options{
			Temporal: c, Namespace: namespace, Pool: h.Pool, Log: h.Log, Hub: h.Agent, Vault: h.Vault, Locate: h.Agent.Locate,
			Logger: logger, Ready: func() { close(ready) },
		})
	}()
	go func() { ended <- reactors.Run(ctx, reactors.Options{Pool: h.Pool, Log: h.Log, Temporal: c, Logger: logger}) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, <-ended)
		c.Close()
	})
	select {
	case <-ready:
	case err := <-ended:
		t.Fatalf("the platform ended before it was ready: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("the platform was never ready")
	}
	return c
}

func TestPlatform_aDeploymentGoesFromTheLogToTheAgentAndBack(t *testing.T) {
	t.Parallel()
	h := activitytest.NewHouse(t)
	h.Set(map[string]string{"GREETING": "hello"})
	platform(t, h)

	first := h.Request(deployment.Deploy, "")
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(first))
	require.Equal(t, []string{
		"requested", "started", "step_started source", "step_succeeded source", "step_started build", "step_succeeded build",
		"step_started release", "step_succeeded release", "step_started start", "step_succeeded start", "step_started health",
		"step_succeeded health", "step_started route", "step_succeeded route", "step_started drain", "step_succeeded drain",
		"step_started verify", "step_succeeded verify", "succeeded",
	}, h.Story(deployment.Stream(first)))
	one := h.TheService().Live
	require.Equal(t, map[string]int{one: 1}, h.Agent.Running())
	require.Equal(t, map[string]string{"GREETING": "hello"}, h.Agent.Env(one))

	h.Set(map[string]string{"GREETING": "good day"})
	second := h.Request(deployment.Deploy, "")
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(second))
	two := h.TheService().Live
	require.Equal(t, map[string]int{one: 1, two: 1}, h.Agent.Running())

	began := time.Now()
	back := h.Request(deployment.Rollback, one)
	h.Await("the old release's traffic", func() bool { return h.Agent.RoutedTo() == one })
	t.Logf("request to route: %s", time.Since(began))
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(back))
	t.Logf("request to succeeded: %s", time.Since(began))
	require.Equal(t, one, h.TheService().Live)
	require.Equal(t, []string{two}, h.TheService().Warm)
	require.True(t, h.TheService().Frozen)
	require.Equal(t, map[string]string{"GREETING": "hello"}, h.Agent.Env(one), "the environment comes back with the release")

	scale := h.Operation(service.Scale, 3)
	h.Await("three replicas on record", func() bool { return h.TheService().Replicas == 3 })
	require.Equal(t, 3, h.Agent.Running()[one], scale)
}
