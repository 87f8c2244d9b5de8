package vault_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASecretOfThePlatformIsMadeOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	v, _, _ := open(t)
	var made atomic.Int64
	fresh := func() (string, error) { return fmt.Sprintf("secret %d", made.Add(1)), nil }
	got := make([]string, 8)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			s, err := v.Ensure(ctx, "org_a", "authority", fresh)
			if err == nil {
				got[i] = s
			}
		})
	}
	wg.Wait()
	for _, s := range got {
		require.Equal(t, got[0], s, "all get the same")
	}
	require.Contains(t, got[0], "secret ")
	other, err := v.Ensure(ctx, "org_b", "authority", fresh)
	require.NoError(t, err)
	require.NotEqual(t, got[0], other, "another organization has its own")

	require.NoError(t, v.Rotate(ctx))
	_, err = v.Reencrypt(ctx)
	require.NoError(t, err)
	again, err := v.Ensure(ctx, "org_a", "authority", func() (string, error) { return "", fmt.Errorf("it is there") })
	require.NoError(t, err)
	require.Equal(t, got[0], again)
}
