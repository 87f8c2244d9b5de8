package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/migrations"
	"github.com/syntra-dev/syntra/projections"
	"github.com/syntra-dev/syntra/vault"
	"github.com/syntra-dev/syntra/worker"
)

// outside are the URLs that commands beside the platform need.
type outside struct{ database, temporal string }

func (o *outside) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.database, "database-url", os.Getenv("DATABASE_URL"), "PostgreSQL of the platform (DATABASE_URL)")
}

func (o *outside) check() error {
	if o.database == "" {
		return errors.New("set DATABASE_URL or --database-url to the platform's PostgreSQL")
	}
	return nil
}

// open returns connections to the platform's database, which the caller closes.
func (o *outside) open(ctx context.Context) (*pgxpool.Pool, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return openPool(ctx, o.database)
}

func addKeyFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "key-file", os.Getenv("SYNTRA_MASTER_KEY_FILE"), "file of the key that encrypts secrets (SYNTRA_MASTER_KEY_FILE)")
}

func migrateCommand() *cobra.Command {
	var o outside
	cmd := &cobra.Command{
		Use: "migrate", Short: "Bring the database to this version's schema; the platform does so itself at its start", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return migrations.Up(cmd.Context(), o.database)
		},
	}
	o.addFlags(cmd)
	return cmd
}

func rebuildCommand() *cobra.Command {
	var o outside
	cmd := &cobra.Command{
		Use:   "rebuild MODEL…",
		Short: "Build read models anew from the log, beside the live ones, while the platform runs",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, logger := cmd.Context(), newLogger()
			pool, err := o.open(ctx)
			if err != nil {
				return err
			}
			defer pool.Close()
			runner := projections.NewRunner(pool, &eventstore.Log{Store: postgres.New(pool, logger), Codec: eventstore.NewCodec(catalog.Events()...)}, logger)
			for _, model := range args {
				if err := runner.Rebuild(ctx, model); err != nil {
					return fmt.Errorf("rebuild %s: %w", model, err)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "rebuilt %s\n", model)
			}
			return nil
		},
	}
	o.addFlags(cmd)
	return cmd
}

func workerCommand() *cobra.Command {
	var o outside
	var keyFile string
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Run workflows and ordinary activities in a process of their own; agents stay with the serving replicas",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if o.temporal == "" || keyFile == "" {
				return errors.New("a worker needs TEMPORAL_ADDRESS and SYNTRA_MASTER_KEY_FILE")
			}
			return runWorker(cmd.Context(), o, keyFile)
		},
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.temporal, "temporal-address", os.Getenv("TEMPORAL_ADDRESS"), "Temporal frontend (TEMPORAL_ADDRESS)")
	addKeyFlag(cmd, &keyFile)
	return cmd
}

func runWorker(ctx context.Context, o outside, keyFile string) error {
	logger := newLogger()
	pool, err := openPool(ctx, o.database)
	if err != nil {
		return err
	}
	defer pool.Close()
	secrets, err := vault.Open(ctx, pool, keyFile)
	if err != nil {
		return err
	}
	temporal, err := dialTemporal(o.temporal, logger)
	if err != nil {
		return err
	}
	defer temporal.Close()
	return worker.Run(ctx, worker.Options{
		Temporal: temporal, Pool: pool, Vault: secrets, Logger: logger,
		Log: &eventstore.Log{Store: postgres.New(pool, logger), Codec: eventstore.NewCodec(catalog.Events()...)},
	})
}
