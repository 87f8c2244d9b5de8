package identity_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/identity"
)

func open(t *testing.T, dir string) *identity.Identity {
	t.Helper()
	i, err := identity.Open(dir)
	require.NoError(t, err)
	return i
}

func TestAnInstallationStaysItself(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir)
	name := first.Instance()
	require.Len(t, name, len("agt_")+26)
	_, err := identity.Open(dir)
	require.ErrorContains(t, err, "another agent is using")
	require.NoError(t, first.Close())
	require.Equal(t, name, open(t, dir).Instance())
	require.NotEqual(t, name, open(t, t.TempDir()).Instance())
}

// The hub records a credential after the agent has it, so at each step the agent must hold one that the hub knows.
func TestWhicheverCredentialTheHubKnowsTheAgentHasIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	i := open(t, dir)
	require.Equal(t, []string{"join"}, i.Tokens("join"))

	require.NoError(t, i.Rotate("c1", "join"))
	require.Equal(t, []string{"c1", "join"}, i.Tokens("join"))

	require.NoError(t, i.Rotate("c2", "c1"))
	require.Equal(t, []string{"c2", "c1", "join"}, i.Tokens("join"))

	// The hub never recorded c2 and accepted c1: that one must stay.
	require.NoError(t, i.Rotate("c3", "c1"))
	require.NoError(t, i.Close())
	require.Equal(t, []string{"c3", "c1"}, open(t, dir).Tokens(""))
}

func TestADamagedIdentitySaysWhatToDo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "identity.json"), []byte("{"), 0o600))
	_, err := identity.Open(dir)
	require.ErrorContains(t, err, "new join token")
}
