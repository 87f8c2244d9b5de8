package vault_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/vault"
)

const value = "s3cr3t-value-of-nobody"

var (
	refs   = map[string]secret.Ref{"KEY": secret.NewRef("KEY", 1)}
	values = map[secret.Ref]string{secret.NewRef("KEY", 1): value}
)

func open(t *testing.T) (v *vault.Vault, pool *pgxpool.Pool, file string) {
	t.Helper()
	pool, file = postgrestest.New(t), filepath.Join(t.TempDir(), "keys", "master.json")
	v, err := vault.Open(context.Background(), pool, file)
	require.NoError(t, err)
	return v, pool, file
}

func TestWhatIsPutCanBeGot(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	v, _, _ := open(t)
	require.NoError(t, v.Put(ctx, "org_a", "svc_1", values))
	got, err := v.Get(ctx, "org_a", "svc_1", refs)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"KEY": value}, got)

	for name, at := range map[string][2]string{"another organization": {"org_b", "svc_1"}, "another service": {"org_a", "svc_2"}} {
		_, err := v.Get(ctx, at[0], at[1], refs)
		require.ErrorContains(t, err, "set the variable KEY again", name)
	}
	empty, err := v.Get(ctx, "org_a", "svc_1", nil)
	require.NoError(t, err)
	require.Empty(t, empty)
}

func TestTheDatabaseHoldsNoValue(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	v, pool, file := open(t)
	require.NoError(t, v.Put(ctx, "org_a", "svc_1", values))
	var seen int
	require.NoError(t, pool.QueryRow(ctx, `SELECT count(*) FROM vault_secret`).Scan(&seen))
	require.Zero(t, seen, "row-level security shows nothing without an organization")
	tx, err := pool.Begin(ctx)
	require.NoError(t, err)
	defer tx.Rollback(ctx)
	_, err = tx.Exec(ctx, `SELECT set_config('syntra.org_id', 'org_a', true)`)
	require.NoError(t, err)
	var ciphertext []byte
	require.NoError(t, tx.QueryRow(ctx, `SELECT ciphertext FROM vault_secret`).Scan(&ciphertext))
	require.NotContains(t, string(ciphertext), value)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestACiphertextOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	v, pool, _ := open(t)
	require.NoError(t, v.Put(ctx, "org_a", "svc_1", values))
	move(t, pool, `UPDATE vault_secret SET service_id = 'svc_2'`)
	_, err := v.Get(ctx, "org_a", "svc_2", refs)
	require.ErrorContains(t, err, "does not open")
	require.NotContains(t, err.Error(), value)
}

// move writes as key rotation may.
func move(t *testing.T, pool *pgxpool.Pool, sql string) {
	t.Helper()
	ctx := context.Background()
	tx, err := pool.Begin(ctx)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, `SELECT set_config('syntra.vault_rotation', 'on', true)`)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, sql)
	require.NoError(t, err)
	require.NoError(t, tx.Commit(ctx))
}

func TestTheKeyFile(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	v, pool, file := open(t)
	require.NoError(t, v.Put(ctx, "org_a", "svc_1", values))

	t.Run("opens the same values after a restart", func(t *testing.T) {
		again, err := vault.Open(ctx, pool, file)
		require.NoError(t, err)
		got, err := again.Get(ctx, "org_a", "svc_1", refs)
		require.NoError(t, err)
		require.Equal(t, value, got["KEY"])
	})
	t.Run("lost: no new one is made", func(t *testing.T) {
		lost := filepath.Join(t.TempDir(), "nothing.json")
		_, err := vault.Open(ctx, pool, lost)
		require.ErrorContains(t, err, "is missing")
		require.NoFileExists(t, lost)
	})
	t.Run("another database's: refused", func(t *testing.T) {
		_, _, other := open(t)
		_, err := vault.Open(ctx, pool, other)
		require.ErrorContains(t, err, "is not the one")
	})
	t.Run("broken: refused, its content not quoted", func(t *testing.T) {
		broken := filepath.Join(t.TempDir(), "broken.json")
		require.NoError(t, os.WriteFile(broken, []byte(`{"primaryKeyId": "`+value+`"}`), 0o600))
		_, err := vault.Open(ctx, pool, broken)
		require.ErrorContains(t, err, "restore it")
		require.NotContains(t, err.Error(), value)
	})
}

func TestWhatIsWrittenAfterARotationIsUnderTheNewKey(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	v, pool, file := open(t)
	elsewhere, err := vault.Open(ctx, pool, file)
	require.NoError(t, err)
	require.NoError(t, elsewhere.Rotate(ctx))
	require.NoError(t, v.Put(ctx, "org_a", "svc_1", values)) // v has not been told

	changed, err := elsewhere.Reencrypt(ctx)
	require.NoError(t, err)
	require.Zero(t, changed, "it is under the new key already")

	_, _, other := open(t)
	foreign, err := os.ReadFile(other)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, foreign, 0o600))
	require.NoError(t, v.Put(ctx, "org_a", "svc_1", values))
	got, err := elsewhere.Get(ctx, "org_a", "svc_1", refs)
	require.NoError(t, err, "another database's key is not taken up")
	require.Equal(t, value, got["KEY"])
}

func TestManyReplicasMakeOneKey(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool, file := postgrestest.New(t), filepath.Join(t.TempDir(), "master.json")
	vaults := make([]*vault.Vault, 8)
	var wg sync.WaitGroup
	for i := range vaults {
		wg.Go(func() {
			var err error
			if vaults[i], err = vault.Open(ctx, pool, file); err != nil {
				t.Errorf("open: %v", err)
			}
		})
	}
	wg.Wait()
	require.False(t, t.Failed())
	require.NoError(t, vaults[0].Put(ctx, "org_a", "svc_1", values))
	for _, v := range vaults {
		got, err := v.Get(ctx, "org_a", "svc_1", refs)
		require.NoError(t, err)
		require.Equal(t, value, got["KEY"])
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	v, pool, file := open(t)
	replica, err := vault.Open(ctx, pool, file)
	require.NoError(t, err)
	require.NoError(t, v.Put(ctx, "org_a", "svc_1", values))
	require.NoError(t, v.Put(ctx, "org_b", "svc_9", values))

	require.NoError(t, v.Rotate(ctx))
	newer := map[secret.Ref]string{secret.NewRef("KEY", 2): "new value"}
	require.NoError(t, v.Put(ctx, "org_a", "svc_1", newer))

	all := map[string]secret.Ref{"OLD": secret.NewRef("KEY", 1), "NEW": secret.NewRef("KEY", 2)}
	want := map[string]string{"OLD": value, "NEW": "new value"}
	got, err := v.Get(ctx, "org_a", "svc_1", all)
	require.NoError(t, err)
	require.Equal(t, want, got, "old values open, new ones too")
	got, err = replica.Get(ctx, "org_a", "svc_1", all)
	require.NoError(t, err)
	require.Equal(t, want, got, "and in a replica that did not rotate")

	n, err := v.Reencrypt(ctx)
	require.NoError(t, err)
	require.Equal(t, 2, n, "the old values of both organizations")
	n, err = v.Reencrypt(ctx)
	require.NoError(t, err)
	require.Zero(t, n)
	again, err := vault.Open(ctx, pool, file)
	require.NoError(t, err)
	got, err = again.Get(ctx, "org_a", "svc_1", all)
	require.NoError(t, err)
	require.Equal(t, want, got)
}
