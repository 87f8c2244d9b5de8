package id_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/id"
)

func TestIdsAreTypedAndReadable(t *testing.T) {
	t.Parallel()
	a, b := id.New(id.Deployment), id.New(id.Deployment)
	require.NotEqual(t, a, b)
	require.True(t, id.Is(id.Deployment, a))
	require.False(t, id.Is(id.Service, a))
	require.Equal(t, a, strings.ToLower(a))
	require.NotRegexp(t, `_.*[ilou]`, a, "nothing that is misread")
	require.Less(t, a[:12], id.New(id.Deployment)[:12]+"~", "in the order of their making")
}

func TestDerivedIdsComeFromTheirParts(t *testing.T) {
	t.Parallel()
	a := id.Derived(id.Service, "key", "1")
	require.True(t, id.Is(id.Service, a))
	require.Equal(t, a, id.Derived(id.Service, "key", "1"))
	for _, other := range []string{id.Derived(id.Service, "key", "2"), id.Derived(id.Service, "key1"), id.Derived(id.Service, "key", "1", ""), strings.Replace(id.Derived(id.Project, "key", "1"), "prj", "svc", 1)} {
		require.NotEqual(t, a, other)
	}
}

func TestEventIdsNeverChange(t *testing.T) {
	t.Parallel()
	// Written down: a new derivation would make every retry across an upgrade a second event.
	require.Equal(t, "44499a15-6ee4-5892-b2e6-ec124e1d2324", id.EventID("command", 0).String())
	require.NotEqual(t, id.EventID("command", 0), id.EventID("command", 1))
	require.NotEqual(t, id.EventID("command1", 0), id.EventID("command", 10))
}

// FuzzIs: what is an id is safe in a path, a host name, a stream name and a shell.
func FuzzIs(f *testing.F) {
	for _, s := range []string{"", "srv_", id.New(id.Server), "srv_../../etc/passwd0000000000", "SRV_00000000000000000000000000", "srv_0000000000000000000000000\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id.Is(id.Server, s) {
			require.Regexp(t, `^srv_[0-9a-z]{26}$`, s)
		}
	})
}
