package vault

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/syntra-dev/syntra/domain/secret"
)

// platformOwner stands where a service's id does: the secret is the organization's, and the platform made it.
const platformOwner = "platform"

// Ensure returns the secret that the platform keeps for an organization under a name. The first time it stores what
// fresh makes; of two that come at once, both get the same.
func (v *Vault) Ensure(ctx context.Context, org, name string, fresh func() (string, error)) (string, error) {
	ref := secret.NewRef(name, 1)
	var sealed []byte
	read := func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT ciphertext FROM vault_secret WHERE org_id = $1 AND service_id = $2 AND ref = $3`,
			org, platformOwner, string(ref))
		if err != nil {
			return err
		}
		_, err = pgx.ForEachRow(rows, []any{&sealed}, func() error { return nil })
		return err
	}
	if err := v.scoped(ctx, "syntra.org_id", org, read); err != nil {
		return "", fmt.Errorf("vault: read %s of %s: %w", ref, org, err)
	}
	if sealed == nil {
		value, err := fresh()
		if err != nil {
			return "", err
		}
		k := v.latest()
		ciphertext, err := k.aead.Encrypt([]byte(value), binding(org, platformOwner, ref))
		if err != nil {
			return "", fmt.Errorf("vault: encrypt %s of %s: %w", ref, org, err)
		}
		err = v.scoped(ctx, "syntra.org_id", org, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO vault_secret (org_id, service_id, ref, key_id, ciphertext) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (org_id, service_id, ref) DO NOTHING`, org, platformOwner, string(ref), k.primary, ciphertext)
			if err != nil {
				return err
			}
			return read(tx) // another replica may have been faster: what it stored counts
		})
		if err != nil {
			return "", fmt.Errorf("vault: store %s of %s: %w", ref, org, err)
		}
	}
	plain, err := v.open(sealed, binding(org, platformOwner, ref))
	if err != nil {
		return "", fmt.Errorf("vault: %s of %s does not open with the key file %s: restore the one it was written with", ref, org, v.file)
	}
	return string(plain), nil
}
