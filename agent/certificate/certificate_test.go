package certificate_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/certificate"
	"github.com/syntra-dev/syntra/authority"
	"github.com/syntra-dev/syntra/edge/control"
)

var me = authority.Name{Organization: "org_1", Server: "srv_1"}

func signed(t *testing.T, at time.Time) control.Identity {
	t.Helper()
	a, err := authority.New(me.Organization, at)
	require.NoError(t, err)
	key, request, err := authority.NewRequest()
	require.NoError(t, err)
	certificate, err := a.Sign(request, me.Server, at)
	require.NoError(t, err)
	return control.Identity{Certificate: certificate, Key: key, Authority: a.Certificate()}
}

func open(t *testing.T, dir string) *certificate.Store {
	t.Helper()
	s, err := certificate.Open(dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return s
}

func TestACertificateIsKeptAndReplacedAfterTwoThirdsOfItsLife(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	s := open(t, dir)
	_, _, ok := s.Current()
	require.False(t, ok)
	require.True(t, s.Due(me, now))

	i := signed(t, now)
	require.NoError(t, s.Put(i))

	for _, s := range []*certificate.Store{s, open(t, dir)} {
		got, until, ok := s.Current()
		require.True(t, ok)
		require.Equal(t, i, got)
		require.WithinDuration(t, now.Add(authority.Lifetime), until, time.Second)
		require.False(t, s.Due(me, now))
		require.False(t, s.Due(me, now.Add(authority.Lifetime/2)))
		require.True(t, s.Due(me, now.Add(authority.Lifetime*7/10)))
		require.True(t, s.Due(authority.Name{Organization: "org_2", Server: "srv_1"}, now), "the server is another's now")
	}
	info, err := os.Stat(filepath.Join(dir, "certificate.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestAFileThatCannotBeUsedCountsAsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "certificate.json"), []byte(`{"certificate":"half`), 0o600))
	s := open(t, dir)
	require.True(t, s.Due(me, time.Now()))
	require.NoError(t, s.Put(signed(t, time.Now())))
	require.False(t, open(t, dir).Due(me, time.Now()))
}

func TestACertificateForAnotherKeyIsNotKept(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	good, other := signed(t, time.Now()), signed(t, time.Now())
	require.NoError(t, s.Put(good))
	require.Error(t, s.Put(control.Identity{Certificate: other.Certificate, Key: good.Key, Authority: other.Authority}))
	got, _, ok := s.Current()
	require.True(t, ok)
	require.Equal(t, good, got)
}
