package vault

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Forget deletes all values of a thing that does not exist any more.
func (v *Vault) Forget(ctx context.Context, org, owner string) error {
	err := v.scoped(ctx, "syntra.org_id", org, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM vault_secret WHERE org_id = $1 AND service_id = $2`, org, owner)
		return err
	})
	if err != nil {
		return fmt.Errorf("vault: delete secrets of %s: %w", owner, err)
	}
	return nil
}
