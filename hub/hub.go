package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/telemetry"
)

var (
	// ErrOffline says that no replica has the agent's socket.
	ErrOffline = errors.New("hub: the agent is offline")
	// ErrElsewhere says that another replica has it; Locate tells which.
	ErrElsewhere = errors.New("hub: the agent is connected to another replica")
)

// LogSink takes log lines in. Write returns when the batch is safe on local disk; it is idempotent by (Source, Sequence).
type LogSink interface {
	Write(ctx context.Context, records []telemetry.Record) error
}

// Uploads opens a stored source archive of an organization, and tells its size in bytes.
type Uploads interface {
	// Open opens an archive wherever it is.
	Open(ctx context.Context, org, id string) (io.ReadCloser, int64, error)
	// OpenHere opens an archive that this replica has.
	OpenHere(ctx context.Context, org, id string) (io.ReadCloser, int64, error)
}

// Options of a Hub. Log, Pool and Lookup are required.
type Options struct {
	Log  *eventstore.Log
	Pool *pgxpool.Pool
	// Lookup answers whose join token or credential has this SHA-256 (hex). A hash that nobody has is a domain.NotFound error.
	Lookup func(ctx context.Context, hash string) (org, serverID string, err error)
	// Logs takes the agents' log lines; without it they stay on the agents.
	Logs LogSink
	// Uploads serves sources to builds; without it every upload is unknown.
	Uploads Uploads
	// Artifacts keeps what agents say of the artifacts on their servers; without it nobody knows.
	Artifacts Artifacts
	// Desired answers what should be on a server; it is sent at each connection and every ReconcileEvery. It must know all
	// that the log held when it was asked: what it does not name is removed.
	Desired func(ctx context.Context, serverID string) (wire.Reconcile, error)
	// Certify signs a server's certificate request (see authority.Issuer); without it agents get no certificates, and their
	// edges cannot reach each other.
	Certify func(ctx context.Context, org, server, request string) (certificate, authority string, err error)
	// OnHeartbeat is called for each heartbeat, on the connection's own goroutine: it must not block.
	OnHeartbeat func(org, server string, hb wire.Heartbeat)
	Logger      *slog.Logger
	// Replica is this process's name in presence rows and task queues; the same after a restart is best.
	Replica string
	// InternalAddress is the base URL under which other replicas reach InternalHandler; without it they say that they
	// cannot.
	InternalAddress string
	// Metrics is where the hub registers its own; nil keeps them private.
	Metrics prometheus.Registerer

	// Heartbeat is how often agents report. Three missed ones are an agent that is offline. Default 5 s.
	Heartbeat time.Duration
	// Grace is how long an agent may take to come back before the log hears of it. Default 2 heartbeats.
	Grace time.Duration
	// RotateEvery is a credential's life. Default 24 h.
	RotateEvery time.Duration
	// ReconcileEvery repeats the desired state. Default 1 min.
	ReconcileEvery time.Duration
}

// missedHeartbeats make an agent offline.
const missedHeartbeats = 3

// Hub is one replica's end of the wire.
type Hub struct {
	opts    Options
	log     *slog.Logger
	rows    *presenceTable
	metrics *metrics
	mux     *http.ServeMux
	// turnstile checks other replicas' tickets.
	turnstile *turnstile
	// guesses bounds how many connections with unknown tokens may wait for the read model at once.
	guesses chan struct{}

	mu      sync.Mutex
	closing bool
	over    chan struct{}        // closed with closing
	links   map[string]*link     // by server id: live connections
	lost    map[string]time.Time // by server id: when the link broke, until the grace is over
	pending map[string]*pending  // by command id
	changed chan struct{}        // closed and replaced whenever links changes
	beats   map[string]*beat     // by server id: heartbeats to be written
	sight   sight
	wg      sync.WaitGroup // connections
}

// New makes a hub. It serves at once, but keeps no lease and notices no lost agent until Run.
func New(opts Options) *Hub {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&opts.Heartbeat, 5*time.Second)
	def(&opts.Grace, 2*opts.Heartbeat)
	def(&opts.RotateEvery, 24*time.Hour)
	def(&opts.ReconcileEvery, time.Minute)
	if opts.Replica == "" {
		opts.Replica = "replica-" + rand.Text()[:8]
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	h := &Hub{
		opts: opts, log: opts.Logger.With("part", "hub"), metrics: newMetrics(opts.Metrics),
		turnstile: newTurnstile(opts.Replica), guesses: make(chan struct{}, 64),
		links: map[string]*link{}, lost: map[string]time.Time{}, pending: map[string]*pending{},
		changed: make(chan struct{}), over: make(chan struct{}), beats: map[string]*beat{},
	}
	h.rows = &presenceTable{
		pool:       opts.Pool,
		log:        opts.Log,
		replica:    opts.Replica,
		address:    opts.InternalAddress,
		relayKey:   h.turnstile.key,
		announcing: make(chan struct{}, 2),
	}
	h.mux = http.NewServeMux()
	h.mux.HandleFunc("GET "+wire.ConnectPath, h.serveConnect)
	h.mux.HandleFunc("GET "+wire.UploadPath+"{id}", h.serveUpload)
	return h
}

// Handler serves /agent/v1/connect (WebSocket) and /agent/v1/uploads/{id}.
func (h *Hub) Handler() http.Handler { return h.mux }

// Replica is this control-plane replica's id; its task queue is "hub:<replica>".
func (h *Hub) Replica() string { return h.opts.Replica }

// Run keeps the replica's lease, writes presence and marks lost agents until ctx ends; then it closes all connections.
func (h *Hub) Run(ctx context.Context) error {
	if err := h.rows.renewLease(ctx, h.lease()); err != nil {
		return fmt.Errorf("hub: take the lease of replica %s: %w", h.opts.Replica, err)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return h.every(gctx, h.lease()/4, "renew the lease", func(ctx context.Context) error { return h.rows.renewLease(ctx, h.lease()) })
	})
	g.Go(func() error {
		return h.every(gctx, min(time.Second, h.opts.Heartbeat/4), "write heartbeats", h.flushBeats)
	})
	g.Go(func() error { return h.every(gctx, h.opts.Heartbeat, "look for lost agents", h.sweep) })
	g.Go(func() error { return h.watchServers(gctx) })
	err := g.Wait()
	h.close()
	if ctx.Err() != nil {
		return nil //nolint:nilerr // asked to end
	}
	return err
}

// lease is how long a dead replica is believed.
func (h *Hub) lease() time.Duration { return missedHeartbeats * h.opts.Heartbeat }

// every repeats f until ctx ends; a failure is logged and tried again, since the database may be away for a while.
func (h *Hub) every(ctx context.Context, period time.Duration, what string, f func(context.Context) error) error {
	tick := time.NewTicker(period)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := f(ctx)
		switch {
		case err == nil:
			failing = false
		case ctx.Err() == nil && !failing:
			failing = true
			h.log.Error("hub: something fails; will go on trying", "task", what, "error", err)
		}
	}
}

func (h *Hub) close() {
	h.mu.Lock()
	if !h.closing {
		close(h.over)
	}
	h.closing = true
	h.announceChange()
	links := make([]*link, 0, len(h.links))
	for _, l := range h.links {
		links = append(links, l)
	}
	h.mu.Unlock()
	for _, l := range links {
		go l.end("the control plane is restarting")
	}
	h.wg.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := h.rows.dropLease(ctx); err != nil {
		h.log.Warn("hub: could not give the lease back; it will run out by itself", "error", err)
	}
}
