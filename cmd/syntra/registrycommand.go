package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/artifact/blob"
	"github.com/syntra-dev/syntra/artifact/registry"
)

func registryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "registry",
		Short: "Look after the artifact registry",
		Args:  cobra.NoArgs,
	}
	var o outside
	var dir string
	reset := &cobra.Command{
		Use:   "reset",
		Short: "Forget what the registry had, after its folder was lost, and begin anew in another",
		Long: `Servers keep the artifacts that they hold, and push them again when another server needs them. Run it while
no platform runs, and start the platform with the same folder.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return fmt.Errorf("name the new folder with --artifacts")
			}
			return resetRegistry(cmd.Context(), o, dir)
		},
	}
	o.addFlags(reset)
	reset.Flags().StringVar(&dir, "artifacts", "", "folder of the artifact registry from now on")
	cmd.AddCommand(reset)
	return cmd
}

func resetRegistry(ctx context.Context, o outside, dir string) error {
	pool, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer pool.Close()
	blobs, err := blob.OpenFolder(dir)
	if err != nil {
		return err
	}
	r, err := registry.New(ctx, registry.Options{Pool: pool, Blobs: blobs})
	if err != nil {
		return err
	}
	return r.Reset(ctx)
}
