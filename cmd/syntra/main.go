// Command syntra is the platform: control plane, agent and edge in one binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/syntra-dev/syntra/cmd/syntra/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	switch {
	case err == nil, errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return
	default:
		fmt.Fprintln(os.Stderr, "syntra:", err)
		os.Exit(1)
	}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "syntra",
		Short:         "A platform-as-a-service on your own servers",
		Version:       version.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.AddCommand(devCommand(), serveCommand(), workerCommand(), agentCommand(), edgeCommand(), migrateCommand(), rebuildCommand(), reactorsCommand(), passwordCommand(), rotateKeyCommand(), enginesCommand())
	cmd.AddCommand(registryCommand())
	cmd.AddCommand(internalCommands()...)
	return cmd
}
