// Command syn is what users of a Syntra type: deploy, watch, roll back.
//
// Results go to standard output, progress and messages to standard error; --json makes every result machine-readable.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Version of this build, from `git describe`.
var Version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	app := &app{out: os.Stdout, err: os.Stderr, paint: painterFor(os.Stderr), colour: bool(painterFor(os.Stdout))}
	err := app.root().ExecuteContext(ctx)
	if err == nil {
		return
	}
	code := exitCode(ctx, err)
	if code != exitInterrupted {
		fmt.Fprintln(os.Stderr, app.paint.red("syn: ")+err.Error())
	}
	os.Exit(code)
}

func (a *app) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "syn",
		Short: "Deploy to your own servers with Syntra",
		Long: `syn deploys directories and Git repositories to servers that run a Syntra agent.

Exit codes: 0 success · 1 failed (a deployment, a command in a replica) · 2 wrong usage ·
3 not logged in or not allowed · 4 no such thing · 5 Syntra does not answer · 130 interrupted`,
		Version:       Version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.PersistentFlags().BoolVar(&a.json, "json", false, "print results as JSON, one object a line")
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError{fmt.Errorf("there is no command %q: see `syn --help`", args[0])}
		}
		return nil
	}
	cmd.RunE = help
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	cmd.AddCommand(
		a.loginCommand(), a.logoutCommand(), a.deployCommand(), a.statusCommand(), a.logsCommand(), a.envCommand(),
		a.rollbackCommand(), a.moveCommand(), a.releasesCommand(), a.openCommand(), a.serverCommand(), a.cancelCommand(),
		a.serviceCommand(), a.configCommand(), a.deploymentsCommand(),
		a.orgCommand(), a.membersCommand(), a.inviteCommand(), a.joinCommand(),
		a.approvalsCommand(), a.approveCommand(), a.rejectCommand(), a.webhooksCommand(),
		a.operationCommand("restart", "Replace the replicas of a service one by one"),
		a.operationCommand("stop", "Stop a service; its release and settings stay"),
		a.operationCommand("start", "Start a stopped service"),
		a.scaleCommand(), a.execCommand(),
	)
	return cmd
}

// help is what a command with commands of its own does by itself.
func help(cmd *cobra.Command, _ []string) error { return cmd.Help() }
