package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/authority"
	"github.com/syntra-dev/syntra/cmd/syntra/version"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/hub"
	"github.com/syntra-dev/syntra/migrations"
	"github.com/syntra-dev/syntra/projections"
	"github.com/syntra-dev/syntra/reactors"
	"github.com/syntra-dev/syntra/source"
	"github.com/syntra-dev/syntra/telemetry/ingest"
	"github.com/syntra-dev/syntra/telemetry/store"
	"github.com/syntra-dev/syntra/tracing"
	"github.com/syntra-dev/syntra/upload"
	"github.com/syntra-dev/syntra/vault"
	"github.com/syntra-dev/syntra/web"
	"github.com/syntra-dev/syntra/worker"
)

// platformOptions are those of one control-plane process.
type platformOptions struct {
	engineOptions
	paceOptions
	notifyOptions
	Listen     string
	PublicURL  string
	BaseDomain string
	Replica    string
	// InternalAddress is the base URL under which other replicas reach this one; "": where it listens.
	InternalAddress string
	KeyFile         string
	Retention       time.Duration
	SecureCookies   bool
	TrustedProxies  []string
	Registry        registryOptions
	Logger          *slog.Logger
	// Progress tells a person what is being started.
	Progress io.Writer
}

// platform is a running control plane.
type platform struct {
	URL, Temporal, TemporalUI string
	Database, ClickHouse      string
	log                       *eventstore.Log
	accounts                  *account.Accounts
	queries                   *projections.Queries
	runner                    *projections.Runner
	engines                   *embedded
}

// runPlatform starts the control plane, calls ready once it serves, and goes on until ctx ends or a part gives up. Engines
// end last.
func runPlatform(ctx context.Context, o platformOptions, ready func(context.Context, *platform) error) (err error) {
	var down stack
	defer down.unwind()
	started := func(what, where string) { fmt.Fprintf(o.Progress, "  ✓ %-12s %s\n", what, where) }

	listener, err := listen(o.Listen, filepath.Join(o.DataDir, "listen"))
	if err != nil {
		return err
	}
	down.push(func() { _ = listener.Close() })
	p := &platform{URL: o.PublicURL, engines: &embedded{}}
	if p.URL == "" {
		p.URL = "http://" + listener.Addr().String()
	}

	flush, err := tracing.Setup(ctx, "syntra")
	if err != nil {
		return err
	}
	down.push(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := flush(ctx); err != nil {
			o.Logger.Warn("the last traces were not exported", "error", err)
		}
	})
	if err := startEngines(ctx, o, p, started, &down); err != nil {
		return err
	}
	if err := migrations.Up(ctx, p.Database); err != nil {
		return err
	}
	pool, err := openPool(ctx, p.Database)
	if err != nil {
		return err
	}
	down.push(pool.Close)

	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	p.log = &eventstore.Log{Store: postgres.New(pool, o.Logger), Codec: eventstore.NewCodec(catalog.Events()...)}
	p.queries, p.runner = projections.NewQueries(pool), projections.NewRunner(pool, p.log, o.Logger)
	if p.accounts, err = account.New(ctx, pool); err != nil {
		return err
	}
	secrets, err := vault.Open(ctx, pool, o.KeyFile)
	if err != nil {
		return err
	}
	artifacts, err := openRegistry(ctx, o, p, pool, secrets, metrics)
	if err != nil {
		return err
	}
	uploads, err := upload.Open(filepath.Join(o.DataDir, "uploads"), source.DefaultLimits)
	if err != nil {
		return err
	}
	logs, err := store.New(store.Options{URL: p.ClickHouse, Retention: o.Retention, Logger: o.Logger})
	if err != nil {
		return err
	}
	sink, err := ingest.Open(ingest.Options{Dir: filepath.Join(o.DataDir, "spool"), Store: logs, Registerer: metrics, Logger: o.Logger})
	if err != nil {
		return err
	}
	down.push(func() {
		flush, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if err := sink.Close(flush); err != nil {
			o.Logger.Warn("the log spool did not close well", "error", err)
		}
	})
	internalAddress, err := hub.InternalAddress(o.InternalAddress, listener.Addr())
	if err != nil {
		return fmt.Errorf("--internal-address: %w", err)
	}
	agents := hub.New(hub.Options{
		Log: p.log, Pool: pool, Lookup: p.queries.ServerByTokenHash, Logs: sink, Uploads: uploads, Artifacts: artifacts,
		Desired: desired(p), Logger: o.Logger, Replica: o.Replica, InternalAddress: internalAddress, Metrics: metrics,
		Heartbeat: o.Heartbeat, Certify: authority.Issuer{Secrets: secrets}.Issue,
	})
	uploads.Elsewhere = agents.FetchUpload
	temporal, err := dialTemporal(p.Temporal, o.Logger)
	if err != nil {
		return err
	}
	down.push(temporal.Close)
	told := newNotifications(o, p, pool, secrets, metrics)
	face := api.New(api.Options{
		Log: p.log, Pool: pool, Queries: p.queries, Runner: p.runner, Accounts: p.accounts, Logs: logs, Vault: secrets,
		Uploads: uploads, Outbox: told.outbox, WebhookReach: o.WebhookReach, Agents: agents, AgentHandler: agents.Handler(), Web: web.Handler(), BaseDomain: o.BaseDomain,
		PublicURL: o.PublicURL, Version: version.Version, Logger: o.Logger, Metrics: metrics, SecureCookies: o.SecureCookies, TrustedProxies: o.TrustedProxies,
		Health: []api.Check{
			{Name: "temporal", Probe: func(ctx context.Context) error {
				_, err := temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
				return err
			}},
			{Name: "clickhouse", Probe: logs.Healthy},
			{Name: "log_spool", Probe: func(context.Context) error { return sink.Healthy() }},
			told.check(),
		},
	})

	parts, stop := context.WithCancel(ctx)
	defer stop()
	g, parts := errgroup.WithContext(parts)
	g.Go(func() error { return part("read models", p.runner.Run(parts)) })
	g.Go(func() error { return part("hub", agents.Run(parts)) })
	g.Go(func() error { return part("API", face.Run(parts)) })
	g.Go(func() error { return part("HTTP", serve(parts, listener, faces(face, agents, artifacts))) })
	g.Go(func() error { return part("registry", artifacts.Run(parts)) })
	g.Go(func() error {
		return part("reactors", reactors.Run(parts, o.reactors(pool, p.log, temporal, metrics, &told.reactor)))
	})
	g.Go(func() error { return part("notifications", told.run(parts)) })
	working := make(chan struct{})
	g.Go(func() error {
		return part("worker", worker.Run(parts, worker.Options{
			Temporal: temporal, Pool: pool, Log: p.log, Hub: agents, Vault: secrets, Artifacts: artifacts, Logger: o.Logger, Ready: func() { close(working) },
		}))
	})
	g.Go(func() error {
		select {
		case <-working:
			started("Syntra", p.URL)
			return ready(parts, p)
		case <-parts.Done():
			return nil
		}
	})
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// part says which part of the platform gave up.
func part(name string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

// desired returns what should be on a server, from read models that know all that the log does: an agent removes what it
// does not name, and follows the release that it calls live.
func desired(p *platform) func(context.Context, string) (wire.Reconcile, error) {
	return func(ctx context.Context, serverID string) (wire.Reconcile, error) {
		if err := p.knowsAll(ctx, "server", "service", "release"); err != nil {
			return wire.Reconcile{}, fmt.Errorf("what should be on server %s is not known now: %w", serverID, err)
		}
		org, services, err := p.queries.DesiredOf(ctx, serverID)
		if err != nil {
			return wire.Reconcile{}, err
		}
		artifacts, err := p.queries.ArtifactsOf(ctx, org, serverID)
		return wire.Reconcile{Services: services, Artifacts: artifacts}, err
	}
}

func openPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	config.MaxConns = max(config.MaxConns, 30)
	config.MaxConnIdleTime = 5 * time.Minute
	return pgxpool.NewWithConfig(ctx, config)
}

// listen binds an address. Port 0 takes the port of the last start again where it is still free, so that agents which
// outlived us find us.
func listen(address, memory string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen %q: %w", address, err)
	}
	if port == "0" {
		if last, err := os.ReadFile(memory); err == nil {
			if l, err := net.Listen("tcp", net.JoinHostPort(host, string(last))); err == nil {
				return l, nil
			}
		}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another with --listen HOST:PORT (port 0: any free)", err)
	}
	if port == "0" {
		_, port, _ = net.SplitHostPort(l.Addr().String())
		if err := os.WriteFile(memory, []byte(port), 0o600); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

// serve returns HTTP until ctx ends, then gives requests under way a moment.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) }}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return server.Close()
	}
	return nil
}
