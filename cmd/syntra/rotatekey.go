package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/vault"
)

func rotateKeyCommand() *cobra.Command {
	var o outside
	var keyFile string
	cmd := &cobra.Command{
		Use:   "rotate-key",
		Short: "Encrypt all secrets with a new master key, while the platform runs; repeat it if it was interrupted",
		Long:  "The new key is added to the key file; old ones stay there, since backups of the database need them. Replicas with a copy of the file need the new one before they start a deployment.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if keyFile == "" {
				return errors.New("set SYNTRA_MASTER_KEY_FILE or --key-file to the platform's key file")
			}
			if _, err := os.Stat(keyFile); err != nil {
				return fmt.Errorf("the key file cannot be read: %w", err)
			}
			ctx := cmd.Context()
			pool, err := o.open(ctx)
			if err != nil {
				return err
			}
			defer pool.Close()
			secrets, err := vault.Open(ctx, pool, keyFile)
			if err != nil {
				return err
			}
			if err := secrets.Rotate(ctx); err != nil {
				return err
			}
			n, err := secrets.Reencrypt(ctx)
			if err != nil {
				return fmt.Errorf("%d values are under the new key, the others under old ones, which stay valid: %w", n, err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s has a new key; %d values are encrypted with it\n", keyFile, n)
			return nil
		},
	}
	o.addFlags(cmd)
	addKeyFlag(cmd, &keyFile)
	return cmd
}
