// Package docker is the runtime over a Docker engine: builds go through its BuildKit, replicas are containers that live
// as long as the engine says, whatever becomes of the agent.
package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// Options of the adapter.
type Options struct {
	// Scope tells this server's containers and images from those of other agents on the same engine: the server's id.
	// Required, and the same at every start.
	Scope string
	// Host is the engine's address, such as unix:///var/run/docker.sock; "" is DOCKER_HOST, else the local one.
	Host string
	// Settle is how long a replica must have run to count as booted. One that ends earlier stays down (a crash at boot,
	// for the deployment to see); one that ends later is restarted by the engine. Default 10 s.
	Settle time.Duration
	// PruneAge protects fresh images from Prune: between a build and its release nobody claims them. Default 1 h.
	PruneAge time.Duration
	// Scratch is a folder for what is being exported, as big as an image; "" is the system's for temporary files. What a
	// crash left there is deleted by Open.
	Scratch string
	// LogBytes is what the logs of all containers may take together on the engine's disk, as far as each can have 12 MiB.
	// Default 4 GiB.
	LogBytes int64
	Logger   *slog.Logger
}

// Runtime is the adapter.
type Runtime struct {
	opts   Options
	logger *slog.Logger

	mu       sync.Mutex
	api      *client.Client
	stale    bool // make a new client before the next call
	names    map[string]*sync.Mutex
	reserved map[int]int64 // port → log budget of containers that are just being made
	timers   map[*time.Timer]bool
	looks    looks
	deafen   context.CancelFunc // ends the stream of events
	closed   bool
}

var _ runtime.Runtime = (*Runtime)(nil)

// Open makes the adapter for the engine that DOCKER_HOST names (or the local one). The engine need not answer yet.
func Open(opts Options) (*Runtime, error) {
	if opts.Scope == "" {
		return nil, errors.New("docker runtime: Scope must be set")
	}
	if opts.Settle == 0 {
		opts.Settle = 10 * time.Second
	}
	if opts.PruneAge == 0 {
		opts.PruneAge = time.Hour
	}
	if opts.LogBytes == 0 {
		opts.LogBytes = 4 << 30
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	r := &Runtime{
		opts: opts, logger: opts.Logger.With("runtime", "docker"),
		names: map[string]*sync.Mutex{}, reserved: map[int]int64{}, timers: map[*time.Timer]bool{}, stale: true,
	}
	if err := r.sweepScratch(); err != nil {
		return nil, err
	}
	if _, err := r.engine(); err != nil {
		return nil, err
	}
	r.looks.begun(false)
	ctx, cancel := context.WithCancel(context.Background())
	r.deafen = cancel
	go r.listen(ctx)
	return r, nil
}

// Name is "docker".
func (r *Runtime) Name() string { return "docker" }

// Ping asks the engine.
func (r *Runtime) Ping(ctx context.Context) error {
	api, err := r.engine()
	if err != nil {
		return err
	}
	_, err = api.Ping(ctx)
	return r.wrap(err, "reach the Docker engine")
}

// Close lets go of the engine. Containers run on.
func (r *Runtime) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.deafen()
	for t := range r.timers {
		t.Stop()
	}
	return r.api.Close()
}

// engine answers the client. The API version is negotiated once a client, so after a break, which may have been an
// upgrade, there is a new one.
func (r *Runtime) engine() (*client.Client, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stale {
		return r.api, nil
	}
	options := []client.Opt{client.FromEnv, client.WithAPIVersionNegotiation()}
	if r.opts.Host != "" {
		options = append(options, client.WithHost(r.opts.Host))
	}
	api, err := client.NewClientWithOpts(options...)
	if err != nil {
		return nil, fmt.Errorf("docker runtime: %w", err)
	}
	if r.api != nil {
		_ = r.api.Close() // idle connections only; streams end by themselves
	}
	r.api, r.stale = api, false
	return api, nil
}

// wrap adds what was done, and runtime.ErrUnavailable where the engine is gone.
func (r *Runtime) wrap(err error, what string, args ...any) error {
	if err == nil {
		return nil
	}
	what = fmt.Sprintf(what, args...)
	if gone(err) {
		r.mu.Lock()
		r.stale = true
		r.mu.Unlock()
		return fmt.Errorf("%s: %w: %w", what, runtime.ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

func gone(err error) bool {
	var network *net.OpError
	return client.IsErrConnectionFailed(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.As(err, &network) || cerrdefs.IsUnavailable(err)
}

// named serializes what is done to one replica.
func (r *Runtime) named(name string) func() {
	r.mu.Lock()
	m := r.names[name]
	if m == nil {
		m = &sync.Mutex{}
		r.names[name] = m
	}
	r.mu.Unlock()
	m.Lock()
	return m.Unlock
}
