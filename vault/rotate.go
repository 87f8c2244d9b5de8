package vault

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Rotate puts a new key into the key file and encrypts with it from now on. Old keys stay there, to decrypt. Replicas
// with the same file follow when they first meet a value under the new key.
func (v *Vault) Rotate(ctx context.Context) error {
	latest, err := readKeys(v.file)
	if err != nil {
		return err
	}
	manager := keyset.NewManagerFromHandle(latest.handle)
	added, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("vault: make a new key: %w", err)
	}
	if err := manager.SetPrimary(added); err != nil {
		return fmt.Errorf("vault: use the new key: %w", err)
	}
	handle, err := manager.Handle()
	if err != nil {
		return fmt.Errorf("vault: use the new key: %w", err)
	}
	next, err := newKeys(handle)
	if err != nil {
		return err
	}
	// The file first: a value under a key that no file holds would be lost with this process.
	if err := replaceKeys(v.file, handle); err != nil {
		return err
	}
	v.mu.Lock()
	v.keys = next
	v.mu.Unlock()
	return nil
}

// reencryptBatch is how many values one transaction re-encrypts.
const reencryptBatch = 100

// Reencrypt brings every value under the present key and answers how many it changed. It can be stopped and called again.
func (v *Vault) Reencrypt(ctx context.Context) (int, error) {
	total := 0
	for {
		n, err := v.reencryptSome(ctx)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

type sealed struct {
	org, service, ref string
	ciphertext        []byte
}

func (v *Vault) reencryptSome(ctx context.Context) (int, error) {
	k, n := v.current(), 0
	err := v.scoped(ctx, "syntra.vault_rotation", "on", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT org_id, service_id, ref, ciphertext FROM vault_secret WHERE key_id <> $1 LIMIT $2 FOR UPDATE SKIP LOCKED`, k.primary, reencryptBatch)
		if err != nil {
			return err
		}
		old, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (s sealed, err error) {
			return s, r.Scan(&s.org, &s.service, &s.ref, &s.ciphertext)
		})
		if err != nil {
			return err
		}
		for _, s := range old {
			place := binding(s.org, s.service, secret.Ref(s.ref))
			plain, err := v.open(s.ciphertext, place)
			if err != nil {
				return fmt.Errorf("%s of %s does not open", s.ref, s.service)
			}
			fresh, err := k.aead.Encrypt(plain, place)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE vault_secret SET key_id = $4, ciphertext = $5 WHERE org_id = $1 AND service_id = $2 AND ref = $3`,
				s.org, s.service, s.ref, k.primary, fresh); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("vault: re-encrypt: %w", err)
	}
	return n, nil
}
