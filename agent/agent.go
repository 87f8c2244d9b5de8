// Package agent is the program on each server: it dials the control plane, builds and runs what it is told, keeps it
// running and routed while the control plane is away, and ships log lines.
package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/syntra-dev/syntra/agent/artifacts"
	"github.com/syntra-dev/syntra/agent/build"
	"github.com/syntra-dev/syntra/agent/certificate"
	"github.com/syntra-dev/syntra/agent/command"
	"github.com/syntra-dev/syntra/agent/exec"
	"github.com/syntra-dev/syntra/agent/identity"
	"github.com/syntra-dev/syntra/agent/journal"
	"github.com/syntra-dev/syntra/agent/life"
	"github.com/syntra-dev/syntra/agent/logs"
	"github.com/syntra-dev/syntra/agent/plane"
	"github.com/syntra-dev/syntra/agent/probe"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/service"
	"github.com/syntra-dev/syntra/agent/session"
	"github.com/syntra-dev/syntra/agent/spool"
	"github.com/syntra-dev/syntra/agent/state"
	"github.com/syntra-dev/syntra/authority"
)

// Edge is the proxy beside the agent, as control.Client speaks to it.
type Edge interface {
	service.Edge
	certificate.Edge
}

// Options of an agent. URL, DataDir and at least one runtime are required; Token is, until the first connection.
type Options struct {
	// URL of the control plane, http(s)://host[:port].
	URL string
	// Token is the join token. Once connected, the agent keeps a rotating credential in DataDir instead.
	Token string
	// DataDir is the agent's alone: identity, journal, sealed specs, log spool, build directories.
	DataDir  string
	Runtimes []runtime.Runtime
	// Edge routes traffic; nil where this server has none: then nothing can be routed.
	Edge    Edge
	Logger  *slog.Logger
	Version string
	// Probe asks replicas for their health; nil is probe.Client().
	Probe *http.Client
	// Advertise is the host name or address under which other servers reach this one. Empty: the address that it reaches the
	// control plane from.
	Advertise string
	// Certify is how often the agent looks whether it needs its next certificate, and how long it waits for one before it
	// asks again. Default 30 s.
	Certify time.Duration
	// HTTP dials the control plane; nil verifies certificates against the system's roots. It must have no Timeout.
	HTTP *http.Client
	// Builds is how many run at a time, a second guard beside the control plane's own queue. Default 1.
	Builds int
	// RepositoryRoots are folders of this server below which a service's repository may lie. Default none.
	RepositoryRoots []string
	// SpoolBytes bounds the log lines that wait on disk. Default spool.DefaultLimit.
	SpoolBytes int64
	// LinesPerSecond is how many log lines a service may write on this server for long. Default logs.DefaultRate.
	LinesPerSecond int
	// Watch is how often the agent compares what runs with what should. Default 1 s.
	Watch time.Duration
	// Liveness is how often the edge asks each replica with traffic whether it is well. Default 5 s.
	Liveness time.Duration
	// Settle is how long after a command the control plane's picture of its service is not followed: what the command did
	// may not be in the read models yet. Default 2 min.
	Settle time.Duration
	// Prune is how often artifacts are deleted that no release can go back to, and for how long the control plane must have
	// been connected without a break before: what was built meanwhile may not be recorded there yet. Default 1 h.
	Prune time.Duration
}

// Agent holds the subsystems. It lives as long as one Run.
type Agent struct {
	opts         Options
	log          *slog.Logger
	identity     *identity.Identity
	journal      *journal.Journal
	spool        *spool.Spool
	state        *state.Store
	plane        *plane.Plane
	life         *life.Life
	logs         *logs.Log
	artifacts    *artifacts.Keeper
	builds       *build.Builder
	services     *service.Keeper
	execs        *exec.Runner
	commands     *command.Runner
	certificates *certificate.Keeper
	usages       usages
	edgePort     edgePorts
	// problems are of the data folder, found at the start.
	problems []string

	// name is who this server is, as of the last session; server is its id.
	name   atomic.Pointer[authority.Name]
	server atomic.Pointer[string]
	link   atomic.Pointer[link]
}

// shutdownWait bounds how long an ending agent waits for commands to notice.
const shutdownWait = 10 * time.Second

// Run is an agent until ctx ends or it is suspended (see agent/local); services go on running without it, unless it was
// suspended. It returns an error only for what a person must mend before trying again.
func Run(ctx context.Context, opts Options) error {
	a, err := open(opts)
	if err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	defer a.close()
	// Its life outlives ctx by the moment that commands need to end in order.
	stop := context.AfterFunc(ctx, func() { a.life.End(life.ErrShutdown) })
	defer stop()
	dialer := &session.Dialer{Plane: a.plane, Handler: a, Logger: a.log}
	g, gctx := errgroup.WithContext(a.life.Context())
	for _, part := range []func(context.Context) error{
		a.serveSocket, a.services.Watch, a.measureUsage, dialer.Run, a.certificates.Run, a.expireJournal,
	} {
		g.Go(func() error { return part(gctx) })
	}
	err = g.Wait()
	a.life.End(life.ErrShutdown)
	if !a.life.Wait(shutdownWait) {
		a.log.Warn("agent: some work did not end in time; it is done again when its command comes again")
	}
	if errors.Is(err, life.ErrShutdown) || errors.Is(err, context.Canceled) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	return nil
}

func open(opts Options) (a *Agent, err error) {
	if err := check(&opts); err != nil {
		return nil, err
	}
	a = &Agent{opts: opts, log: opts.Logger.With("part", "agent"), life: life.New()}
	if a.identity, err = identity.Open(opts.DataDir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = a.identity.Close() // the first error is the one to tell
		}
	}()
	if a.journal, err = journal.Open(filepath.Join(opts.DataDir, "journal"), time.Now); err != nil {
		return nil, err
	}
	if a.state, err = state.Open(opts.DataDir); err != nil {
		return nil, err
	}
	if a.spool, err = spool.Open(filepath.Join(opts.DataDir, "spool"), opts.SpoolBytes); err != nil {
		return nil, err
	}
	a.problems = slices.Concat(a.journal.Problems, a.state.Problems)
	for _, problem := range a.problems {
		a.log.Error("a file of the agent's data folder is damaged", "problem", problem)
	}
	return a, a.wire()
}

func check(opts *Options) error {
	switch {
	case opts.URL == "":
		return errors.New("it needs the control plane's URL")
	case opts.DataDir == "":
		return errors.New("it needs a data directory")
	case len(opts.Runtimes) == 0:
		return errors.New("it needs a runtime")
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.Probe == nil {
		opts.Probe = probe.Client()
	}
	if opts.HTTP == nil {
		opts.HTTP = &http.Client{}
	}
	if opts.Builds <= 0 {
		opts.Builds = 1
	}
	if opts.Settle <= 0 {
		opts.Settle = 2 * time.Minute
	}
	if opts.Prune <= 0 {
		opts.Prune = time.Hour
	}
	if opts.Certify <= 0 {
		opts.Certify = 30 * time.Second
	}
	if opts.LinesPerSecond <= 0 {
		opts.LinesPerSecond = logs.DefaultRate
	}
	if opts.Watch <= 0 {
		opts.Watch = time.Second
	}
	if opts.Liveness <= 0 {
		opts.Liveness = 5 * time.Second
	}
	return nil
}

func (a *Agent) close() {
	a.logs.Close()
	if err := a.spool.Close(); err != nil {
		a.log.Error("agent: the log spool did not close well", "error", err)
	}
	_ = a.identity.Close() // releases the lock; the process ends anyway
}

func (a *Agent) expireJournal(ctx context.Context) error {
	const keep = 24 * time.Hour // longer than any workflow's retries of one command
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := a.journal.Expire(keep); err != nil {
			a.log.Warn("agent: old journal entries stay", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
