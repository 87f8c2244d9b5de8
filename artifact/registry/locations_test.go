package registry_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/artifact/artifacttest"
)

func TestItIsKnownWhereAnArtifactIs(t *testing.T) {
	t.Parallel()
	m := newTimed(t, nil)
	a := artifacttest.Image(t, "config", "layer")
	other := digest.FromString("other").String()
	places := func(org string) []string {
		all, err := m.Locations(t.Context(), org, a.Digest)
		require.NoError(t, err)
		out := []string{}
		for _, l := range all {
			require.Equal(t, l.Server == "", l.InRegistry())
			require.False(t, l.Since.IsZero())
			out = append(out, l.Server)
		}
		return out
	}
	tell := func(server string, digests ...string) {
		require.NoError(t, m.Tell(t.Context(), "org_a", server, digests))
	}

	require.Empty(t, places("org_a"))
	tell("srv_2", a.Digest, other, "no digest")
	m.passes(time.Minute)
	tell("srv_1", other, a.Digest, a.Digest)
	tell("srv_2", a.Digest)
	require.Equal(t, []string{"srv_2", "srv_1"}, places("org_a"), "who had it first comes first")
	for _, owner := range []string{"svc_web", "svc_api"} {
		o := artifacttest.Ours
		o.Service = owner
		_, err := m.Push(t.Context(), o, a.Digest, bytes.NewReader(a.Layout))
		require.NoError(t, err)
	}
	require.Equal(t, []string{"srv_2", "srv_1", ""}, places("org_a"), "the registry is one place")
	require.Empty(t, places("org_b"))

	require.NoError(t, m.Add(t.Context(), "org_a", "srv_3", a.Digest))
	tell("srv_3")
	require.Contains(t, places("org_a"), "srv_3", "what was just added is believed against an older word")
	m.passes(3 * time.Minute)
	tell("srv_3")
	require.NotContains(t, places("org_a"), "srv_3")
	require.NoError(t, m.Forget(t.Context(), "org_a", "srv_2"))
	require.Equal(t, []string{"srv_1", ""}, places("org_a"))
}
