package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/dev/engines"
	"github.com/syntra-dev/syntra/dev/state"
	syntra "github.com/syntra-dev/syntra/sdk/go"
)

// devOptions are the flags of `syntra dev`.
type devOptions struct {
	platformOptions
	EdgeHTTP string
	Runtimes []string
	NoSample bool
}

func devCommand() *cobra.Command {
	var o devOptions
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Start all of Syntra on this machine, with a deployed sample",
		Long: `Starts the embedded engines, the control plane, and an agent with its edge for this machine, and deploys the sample at
the first start. State is kept in the data folder; the next start resumes it. Ctrl-C ends everything, services too.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDev(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	o.addFlags(cmd)
	o.Registry.addFlags(cmd)
	o.addPaceFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.DataDir, "data", ".syntra/dev", "folder of all state")
	f.StringVar(&o.Listen, "listen", "127.0.0.1:7700", "where dashboard and API listen (port 0: any free)")
	f.StringVar(&o.EdgeHTTP, "edge-http", "127.0.0.1:7780", "where the edge listens (port 0: any free)")
	f.IntVar(&o.TemporalUIPort, "temporal-ui-port", 7702, "port of the Temporal UI (0: any free, -1: none)")
	f.StringSliceVar(&o.Runtimes, "runtime", []string{"docker", "process"}, "runtimes of this machine's agent")
	f.BoolVar(&o.NoSample, "no-sample", false, "deploy no sample")
	return cmd
}

func runDev(ctx context.Context, o devOptions, out io.Writer) error {
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer unlock()
	state.Remove(dir)
	defer state.Remove(dir)
	logger, closeLog, err := devLogger(dir)
	if err != nil {
		return err
	}
	defer closeLog()
	login, err := keptLogin(filepath.Join(dir, "login.json"), "dev@syntra.localhost")
	if err != nil {
		return err
	}
	o.DataDir, o.Logger, o.Progress, o.Replica = dir, logger, out, "dev"
	o.EnginesDir = engines.Dir(filepath.Join(filepath.Dir(dir), "engines"))
	o.WebhookReach.Loopback, o.WebhookReach.Private = true, true // it is one's own machine
	o.KeyFile, o.BaseDomain = filepath.Join(dir, "master.key"), "localhost"
	fmt.Fprintf(out, "Syntra starts in %s\n", dir)
	return runPlatform(ctx, o.platformOptions, func(ctx context.Context, p *platform) error {
		d := &devRun{devOptions: o, platform: p, login: login, out: out}
		defer d.end()
		if err := d.start(ctx); err != nil {
			return err
		}
		return d.watch(ctx)
	})
}

// devRun is one run of `syntra dev` on a running platform.
type devRun struct {
	devOptions
	platform *platform
	login    credentials
	out      io.Writer
	api      *syntra.API
	serverID string
	sample   string // URL
	edgePort int
}

func (d *devRun) start(ctx context.Context) error {
	first, err := d.platform.accounts.Bootstrap(ctx, d.platform.log, account.Setup{
		Slug: "dev", Organization: "Development", Email: d.login.Email, Name: "Developer", Password: d.login.Password, Token: d.login.Token,
	})
	if err == nil {
		err = d.platform.runner.WaitFor(ctx, first.Position) // until then the token is nobody's
	}
	if err != nil {
		return err
	}
	if d.api, err = syntra.New(d.platform.URL, d.login.Token); err != nil {
		return err
	}
	token, err := d.ensureServer(ctx)
	if err != nil {
		return err
	}
	if err := d.startAgent(ctx, token); err != nil {
		return err
	}
	if !d.NoSample {
		if err := d.deploySample(ctx); err != nil {
			return err
		}
	}
	if err := d.tell(); err != nil {
		return err
	}
	d.banner()
	return nil
}

// tell writes the state file.
func (d *devRun) tell() error {
	s := state.State{
		URL: d.platform.URL, Email: d.login.Email, Password: d.login.Password, Token: d.login.Token,
		TemporalUI: d.platform.TemporalUI, Temporal: d.platform.Temporal, Database: d.platform.Database, ClickHouse: d.platform.ClickHouse,
		EdgeHTTP: d.edgePort, SampleURL: d.sample, ServerID: d.serverID, PIDs: d.pids(),
	}
	if last, err := state.Read(d.DataDir); err == nil && last == s {
		return nil
	}
	return state.Write(d.DataDir, s)
}

func (d *devRun) banner() {
	fmt.Fprintf(d.out, "\nSyntra is up.\n\n  Dashboard    %s\n  Login        %s / %s\n", d.platform.URL, d.login.Email, d.login.Password)
	if d.platform.TemporalUI != "" {
		fmt.Fprintf(d.out, "  Temporal UI  %s\n", d.platform.TemporalUI)
	}
	if d.sample != "" {
		fmt.Fprintf(d.out, "  Sample       %s\n", d.sample)
	}
	fmt.Fprintf(d.out, "  API docs     %s/api/v1/docs\n\n  export SYNTRA_URL=%s SYNTRA_TOKEN=%s\n  bin/syn status\n\nCtrl-C ends everything; the next start resumes.\n",
		d.platform.URL, d.platform.URL, d.login.Token)
}

// watch keeps the agent running and the state file true until ctx ends.
func (d *devRun) watch(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(200 * time.Millisecond):
		}
		if err := d.keepAgent(ctx); err != nil {
			d.Logger.Error("the agent does not start: trying again", "error", err)
		}
		if err := d.tell(); err != nil {
			d.Logger.Error("the state file cannot be written", "error", err)
		}
	}
}

// devLogger writes JSON lines to <data>/syntra.log, so that the terminal shows what matters; warnings go there, too.
func devLogger(dir string) (*slog.Logger, func(), error) {
	file, err := os.OpenFile(filepath.Join(dir, "syntra.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(os.Getenv("SYNTRA_LOG_LEVEL"))); err != nil {
		level = slog.LevelInfo
	}
	logger := slog.New(slog.NewJSONHandler(file, &slog.HandlerOptions{Level: level}))
	slog.SetDefault(logger)
	return logger, func() { _ = file.Close() }, nil
}
