package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/syntra-dev/syntra/agent"
	"github.com/syntra-dev/syntra/agent/logs"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/runtime/docker"
	"github.com/syntra-dev/syntra/agent/runtime/process"
	"github.com/syntra-dev/syntra/cmd/syntra/version"
	"github.com/syntra-dev/syntra/edge/control"
)

// agentOptions are the flags of `syntra agent`.
type agentOptions struct {
	URL, Token, DataDir string
	EdgeHTTP, EdgeHTTPS string
	PeerListen          string
	Advertise           string
	ACMEEmail, ACMECA   string
	Plain               bool
	Runtimes            []string
	Builds              int
	LogRate             int
	RepositoryRoots     []string
	Clients             clientFlags
}

func agentCommand() *cobra.Command {
	var o agentOptions
	cmd := &cobra.Command{
		Use:   "agent",
		Short: "Run this server's agent and the edge beside it",
		Long: `Dials the control plane and does what it says: builds, runs, routes. The edge is a process of its own that outlives the
agent; services outlive both. Make the token with "syn server add NAME" or in the dashboard.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Token == "" {
				o.Token = os.Getenv("SYNTRA_AGENT_TOKEN")
			}
			return runAgent(cmd.Context(), o, newLogger())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.URL, "url", os.Getenv("SYNTRA_URL"), "URL of the control plane (SYNTRA_URL)")
	f.StringVar(&o.Token, "token", "", "join token, needed once (SYNTRA_AGENT_TOKEN)")
	f.StringVar(&o.DataDir, "data", "/var/lib/syntra-agent", "folder of the agent's state")
	f.StringVar(&o.EdgeHTTP, "edge-http", "127.0.0.1:7780", "where the edge listens for HTTP; :80 for the world")
	f.StringVar(&o.EdgeHTTPS, "edge-https", "", "where the edge listens for HTTPS; empty: nowhere")
	f.StringVar(&o.PeerListen, "peer-listen", "", "where the edge listens for those of other servers, such as :7743; empty: nowhere")
	f.StringVar(&o.Advertise, "advertise", "", "host or address under which other servers reach this one; empty: that of the route to the control plane")
	f.StringVar(&o.ACMEEmail, "acme-email", "", "get certificates by ACME with this account; empty: an internal authority")
	f.StringVar(&o.ACMECA, "acme-ca", "", "directory URL of another ACME authority; empty: Let's Encrypt")
	f.BoolVar(&o.Plain, "edge-plain-http", false, "serve plain HTTP beside HTTPS instead of sending it there")
	o.Clients.register(f)
	f.StringSliceVar(&o.Runtimes, "runtime", []string{"docker", "process"}, "runtimes to offer, where they answer")
	f.StringSliceVar(&o.RepositoryRoots, "repository-root", nil, "folder of this server below which source.repository may be a path; none: URLs only")
	f.IntVar(&o.LogRate, "log-rate", logs.DefaultRate, "lines a second that each service may log for long; the rest is counted in a gap")
	f.IntVar(&o.Builds, "builds", 1, "builds at a time")
	return cmd
}

// runAgent runs the agent and watches over the edge until ctx ends.
func runAgent(ctx context.Context, o agentOptions, logger *slog.Logger) error {
	if err := os.MkdirAll(o.DataDir, 0o700); err != nil {
		return fmt.Errorf("agent: %w: choose another folder with --data", err)
	}
	runtimes, err := openRuntimes(ctx, o, logger)
	if err != nil {
		return err
	}
	socket := edgeSocket(o.DataDir)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return watchEdge(gctx, o, socket, logger) })
	g.Go(func() error {
		defer func() {
			for _, r := range runtimes {
				_ = r.Close()
			}
		}()
		err := agent.Run(gctx, agent.Options{
			URL: o.URL, Token: o.Token, DataDir: filepath.Join(o.DataDir, "agent"), Runtimes: runtimes, Edge: control.NewClient(socket),
			Logger: logger, Version: version.Version, Builds: o.Builds, LinesPerSecond: o.LogRate, RepositoryRoots: o.RepositoryRoots, Advertise: o.Advertise,
		})
		if err == nil {
			err = errAgentEnded // suspended: the watch over the edge ends, too
		}
		return err
	})
	if err := g.Wait(); err != nil && err != errAgentEnded { //nolint:errorlint // our own sentinel
		return err
	}
	return nil
}

var errAgentEnded = errors.New("the agent has ended")

// openRuntimes returns the asked runtimes that work here; an agent without any is of no use.
func openRuntimes(ctx context.Context, o agentOptions, logger *slog.Logger) ([]runtime.Runtime, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var all []runtime.Runtime
	for _, name := range o.Runtimes {
		switch name {
		case "docker":
			scope, err := dockerScope(o.DataDir)
			if err != nil {
				return nil, err
			}
			r, err := docker.Open(docker.Options{Scope: scope, Scratch: filepath.Join(o.DataDir, "docker"), Logger: logger})
			if err == nil {
				probe, cancel := context.WithTimeout(ctx, 3*time.Second)
				err = r.Ping(probe)
				cancel()
			}
			if err != nil {
				logger.Info("agent: no Docker engine answers: the docker runtime is not offered", "error", err)
				continue
			}
			all = append(all, r)
		case "process":
			r, err := process.Open(process.Options{
				Dir: filepath.Join(o.DataDir, "process"), Shim: []string{exe, "process-shim"}, StaticServer: []string{exe, "static"}, Logger: logger,
			})
			if err != nil {
				return nil, err
			}
			all = append(all, r)
		default:
			return nil, fmt.Errorf("--runtime %q is unknown: use docker or process", name)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no runtime of %v works here: start a Docker engine, or offer the process runtime with --runtime process", o.Runtimes)
	}
	return all, nil
}

// dockerScope tells this agent's containers from those of other agents on the same engine, for ever.
func dockerScope(dataDir string) (string, error) {
	file := filepath.Join(dataDir, "docker-scope")
	raw, err := os.ReadFile(file)
	if err == nil && len(raw) > 0 {
		return string(raw), nil
	}
	scope := "agent-" + strings.ToLower(rand.Text())
	if err := os.WriteFile(file+".tmp", []byte(scope), 0o600); err != nil {
		return "", err
	}
	return scope, os.Rename(file+".tmp", file)
}
