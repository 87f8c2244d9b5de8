// Package service keeps the services of one server: it starts, checks, routes, drains and stops their releases as commands
// ask, and in between compares what runs and what the edge routes with what should be. It needs no control plane for that.
package service

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/syntra-dev/syntra/agent/artifacts"
	"github.com/syntra-dev/syntra/agent/life"
	"github.com/syntra-dev/syntra/agent/lock"
	"github.com/syntra-dev/syntra/agent/logs"
	"github.com/syntra-dev/syntra/agent/replica"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/edge/control"
)

// Edge is the proxy beside the agent, as far as services are concerned.
type Edge interface {
	PutService(ctx context.Context, service control.Service) error
	DeleteService(ctx context.Context, id string) error
	Drain(ctx context.Context, service string, req control.DrainRequest) (control.DrainResponse, error)
	Table(ctx context.Context) (control.Table, error)
	Ailing(ctx context.Context) ([]control.Ailing, error)
}

// Options of a Keeper. All are required but Edge, without which nothing can be routed.
type Options struct {
	Runtimes  replica.Runtimes
	Edge      Edge
	State     *state.Store
	Locks     *lock.Locks // one writer per service
	Logs      *logs.Log
	Artifacts *artifacts.Keeper
	Life      *life.Life
	Logger    *slog.Logger
	// Probe asks replicas for their health.
	Probe *http.Client
	// Watch, Liveness and Settle are as in agent.Options.
	Watch, Liveness, Settle time.Duration
	// Owes reports whether commands of a service are under way: their outcome decides what should be.
	Owes func(service string) bool
}

// Keeper keeps the services.
type Keeper struct {
	opts      Options
	runtimes  replica.Runtimes
	edge      Edge
	state     *state.Store
	locks     *lock.Locks
	logs      *logs.Log
	followers *logs.Followers
	life      *life.Life
	log       *slog.Logger
	started   time.Time

	readies   readies
	revivals  revivals
	stops     stops
	endings   sync.Map // replica name → start of the last run whose end was told
	strays    strays
	adopted   bool // what the edge had at the start; the watcher's alone
	seen      atomic.Pointer[snapshot]
	ailing    atomic.Pointer[map[string]string] // replica name → why the edge has ejected it
	kicks     chan struct{}
	suspended atomic.Bool
}

// New makes a Keeper. It does nothing by itself before Watch.
func New(o Options) *Keeper {
	return &Keeper{
		opts:      o,
		runtimes:  o.Runtimes,
		edge:      o.Edge,
		state:     o.State,
		locks:     o.Locks,
		logs:      o.Logs,
		followers: logs.NewFollowers(o.Logs, o.Life),
		life:      o.Life,
		log:       o.Logger,
		started:   time.Now(),
		kicks:     make(chan struct{}, 1),
	}
}
