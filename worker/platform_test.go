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
	"github.com/syntra-dev/syntra/artifact/registry"
	"github.com/syntra-dev/syntra/reactors"
	"github.com/syntra-dev/syntra/worker"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
)

// platform is a reactor and a worker on a true Temporal server, in a namespace of their own.
type platform struct {
	temporal  client.Client
	namespace string
	house     *activitytest.House
	logger    *slog.Logger
	slots     int
	// grace of the rescuer; zero means its default, which is longer than a story.
	grace time.Duration
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{
		namespace: "test-" + strings.ToLower(rand.Text()[:12]), house: activitytest.NewHouse(t),
		logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	}
	p.dial(t)
	return p
}

func (p *platform) dial(t *testing.T) {
	t.Helper()
	c, err := client.NewLazyClient(client.Options{HostPort: temporalAddress(t), Namespace: p.namespace, Logger: temporallog.NewStructuredLogger(p.logger), ContextPropagators: workflows.Propagators()})
	require.NoError(t, err)
	p.temporal = c
	t.Cleanup(c.Close)
}

// empty gives the stopped platform a Temporal that knows nothing.
func (p *platform) empty(t *testing.T) {
	t.Helper()
	p.namespace = "test-" + strings.ToLower(rand.Text()[:12])
	p.dial(t)
}

// start runs the platform until stop is called, or the test ends.
func (p *platform) start(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 2)
	h := p.house
	go func() {
		ended <- worker.Run(ctx, worker.Options{
			Temporal: p.temporal, Namespace: p.namespace, Pool: h.Pool, Log: h.Log, Hub: h.Fleet, Vault: h.Vault, Locate: h.Fleet.Locate, VerifyPatience: time.Second,
			Artifacts: activitytest.Registry{Places: registry.NewPlaces(h.Pool, nil)}, Logger: p.logger, Slots: p.slots, Ready: func() { close(ready) },
		})
	}()
	go func() {
		ended <- reactors.Run(ctx, reactors.Options{
			Pool: h.Pool, Log: h.Log, Temporal: p.temporal, Logger: p.logger, RescueEvery: p.grace, RescueGrace: p.grace,
		})
	}()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, <-ended)
	}
	t.Cleanup(stop)
	select {
	case <-ready:
	case err := <-ended:
		t.Fatalf("the platform ended before it was ready: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("the platform was never ready")
	}
	return stop
}
