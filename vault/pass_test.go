package vault_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/vault"
)

func TestAPassIsReadByItsInstallationForItsPurpose(t *testing.T) {
	t.Parallel()
	v, pool, file := open(t)
	pass, err := v.Pass("registry", []byte("hello"))
	require.NoError(t, err)
	require.NotContains(t, pass, "hello")
	got, err := v.ReadPass("registry", pass)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))

	replica, err := vault.Open(context.Background(), pool, file)
	require.NoError(t, err)
	require.NoError(t, v.Rotate(context.Background()))
	fresh, err := v.Pass("registry", []byte("rotated"))
	require.NoError(t, err)
	for _, p := range []string{pass, fresh} {
		_, err := replica.ReadPass("registry", p)
		require.NoError(t, err, "a replica follows a rotation, and reads what was made before it")
	}

	stranger, _, _ := open(t)
	for name, refused := range map[string]func() ([]byte, error){
		"another purpose":      func() ([]byte, error) { return v.ReadPass("else", pass) },
		"another installation": func() ([]byte, error) { return stranger.ReadPass("registry", pass) },
		"changed":              func() ([]byte, error) { return v.ReadPass("registry", pass[:20]+"__"+pass[22:]) },
		"cut":                  func() ([]byte, error) { return v.ReadPass("registry", pass[:len(pass)-4]) },
		"nothing":              func() ([]byte, error) { return v.ReadPass("registry", "") },
		"no base64":            func() ([]byte, error) { return v.ReadPass("registry", "$$$") },
	} {
		_, err := refused()
		require.Error(t, err, name)
	}
}
