// Package vault keeps the values of secrets: encrypted in Postgres, under a key that lives in a file outside of it
// (tink AEAD, AES-256-GCM). Everything else refers to a value by its secret.Ref.
package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/domain/secret"
)

// Vault is safe for concurrent use.
type Vault struct {
	pool *pgxpool.Pool
	file string

	mu   sync.RWMutex
	keys *keys
}

// sealText is what vault_seal holds, encrypted.
const sealText = "syntra vault"

// Open reads the key file, or makes one in a database that was never sealed. It refuses to work with a key that is not
// the one of this database, and to make a new one where an old one was lost.
func Open(ctx context.Context, pool *pgxpool.Pool, keyfile string) (*Vault, error) {
	var seal []byte
	err := pool.QueryRow(ctx, `SELECT ciphertext FROM vault_seal`).Scan(&seal)
	sealed := err == nil
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("vault: %w", err)
	}
	k, err := readKeys(keyfile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && sealed:
		return nil, fmt.Errorf("vault: the key file %s is missing, but this database holds secrets that only its key opens: restore the file (or name it in SYNTRA_MASTER_KEY_FILE)", keyfile)
	case errors.Is(err, fs.ErrNotExist):
		k, err = createKeys(keyfile)
	}
	if err != nil {
		return nil, err
	}
	v := &Vault{pool: pool, file: keyfile, keys: k}
	return v, v.checkSeal(ctx, seal)
}

// checkSeal seals a new database, and tells whether the key is the database's.
func (v *Vault) checkSeal(ctx context.Context, seal []byte) error {
	if seal == nil {
		fresh, err := v.keys.aead.Encrypt([]byte(sealText), nil)
		if err != nil {
			return fmt.Errorf("vault: seal the database: %w", err)
		}
		// Another replica may have sealed it meanwhile, with a key of its own: theirs counts.
		err = v.pool.QueryRow(ctx, `INSERT INTO vault_seal (id, ciphertext) VALUES (1, $1)
			ON CONFLICT (id) DO UPDATE SET ciphertext = vault_seal.ciphertext RETURNING ciphertext`, fresh).Scan(&seal)
		if err != nil {
			return fmt.Errorf("vault: seal the database: %w", err)
		}
	}
	if _, err := v.keys.aead.Decrypt(seal, nil); err != nil {
		return fmt.Errorf("vault: the key file %s is not the one that this database's secrets were encrypted with: restore that one (or name it in SYNTRA_MASTER_KEY_FILE)", v.file)
	}
	return nil
}

// binding ties a ciphertext to its place: moved to another row it does not open.
func binding(org, serviceID string, ref secret.Ref) []byte {
	return []byte(org + "/" + serviceID + "/" + string(ref))
}

// Put stores values under references of a service, replacing what an abandoned earlier try has left under them.
func (v *Vault) Put(ctx context.Context, org, serviceID string, values map[secret.Ref]string) error {
	if len(values) == 0 {
		return nil
	}
	k := v.latest()
	var batch pgx.Batch
	for ref, value := range values {
		sealed, err := k.aead.Encrypt([]byte(value), binding(org, serviceID, ref))
		if err != nil {
			return fmt.Errorf("vault: encrypt %s of %s: %w", ref, serviceID, err)
		}
		batch.Queue(`INSERT INTO vault_secret (org_id, service_id, ref, key_id, ciphertext) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (org_id, service_id, ref) DO UPDATE SET key_id = excluded.key_id, ciphertext = excluded.ciphertext`,
			org, serviceID, string(ref), k.primary, sealed)
	}
	err := v.scoped(ctx, "syntra.org_id", org, func(tx pgx.Tx) error { return tx.SendBatch(ctx, &batch).Close() })
	if err != nil {
		return fmt.Errorf("vault: store secrets of %s: %w", serviceID, err)
	}
	return nil
}

// Get returns the values of references by the names they are given under. Each must be there.
func (v *Vault) Get(ctx context.Context, org, serviceID string, refs map[string]secret.Ref) (map[string]string, error) {
	out := make(map[string]string, len(refs))
	if len(refs) == 0 {
		return out, nil
	}
	wanted := make([]string, 0, len(refs))
	for _, ref := range refs {
		wanted = append(wanted, string(ref))
	}
	sealed := map[secret.Ref][]byte{}
	err := v.scoped(ctx, "syntra.org_id", org, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT ref, ciphertext FROM vault_secret WHERE org_id = $1 AND service_id = $2 AND ref = ANY($3)`, org, serviceID, wanted)
		if err != nil {
			return err
		}
		var ref string
		var ciphertext []byte
		_, err = pgx.ForEachRow(rows, []any{&ref, &ciphertext}, func() error {
			sealed[secret.Ref(ref)] = append([]byte(nil), ciphertext...)
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("vault: read secrets of %s: %w", serviceID, err)
	}
	for name, ref := range refs {
		ciphertext, there := sealed[ref]
		if !there {
			return nil, fmt.Errorf("vault: %s of %s is not there: set the variable %s again", ref, serviceID, name)
		}
		plain, err := v.open(ciphertext, binding(org, serviceID, ref))
		if err != nil {
			return nil, fmt.Errorf("vault: %s of %s does not open: set the variable %s again", ref, serviceID, name)
		}
		out[name] = string(plain)
	}
	return out, nil
}

// open decrypts; where no key fits it looks whether another replica has rotated the key file meanwhile.
func (v *Vault) open(ciphertext, binding []byte) ([]byte, error) {
	plain, err := v.current().aead.Decrypt(ciphertext, binding)
	if err == nil {
		return plain, nil
	}
	fresh, readErr := readKeys(v.file)
	if readErr != nil {
		return nil, errors.Join(err, readErr)
	}
	v.mu.Lock()
	v.keys = fresh
	v.mu.Unlock()
	return fresh.aead.Decrypt(ciphertext, binding)
}

// latest returns the key file's keys: another process may have rotated it, and what is written from then on belongs under
// the new key. A rotation only adds keys: a file that cannot be read, or is another database's, changes nothing.
func (v *Vault) latest() *keys {
	known := v.current()
	fresh, err := readKeys(v.file)
	if err != nil || !fresh.has(known.primary) {
		return known
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.keys = fresh
	return fresh
}

func (v *Vault) current() *keys {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.keys
}

// scoped runs fn in a transaction that row-level security lets see what the setting says.
func (v *Vault) scoped(ctx context.Context, setting, value string, fn func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, v.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config($1, $2, true)`, setting, value); err != nil {
			return err
		}
		return fn(tx)
	})
}
