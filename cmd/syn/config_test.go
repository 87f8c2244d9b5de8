package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// atHome gives syn a home of its own, with no variables set.
func atHome(t *testing.T) {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(os.Getenv("HOME"), "config"))
	for _, name := range []string{"SYNTRA_URL", "SYNTRA_TOKEN", "SYNTRA_ORG"} {
		t.Setenv(name, "")
	}
}

func kept(t *testing.T) config {
	t.Helper()
	c, err := readConfig()
	require.NoError(t, err)
	return c
}

func TestCommandsAtOnceForgetNothing(t *testing.T) {
	atHome(t)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			if err := remember(fmt.Sprintf("/dir/%d", i), link{Project: "p", Service: "s"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.Len(t, kept(t).Links, 40)
}

func TestOneTokenIsKeptForEachOrganization(t *testing.T) {
	atHome(t)
	keep := func(url, id, slug string) {
		require.NoError(t, updateConfig(func(c *config) error {
			c.keep(url, id, membership{Slug: slug, Token: "syn_" + slug})
			return nil
		}))
	}
	token := func() string {
		_, token := kept(t).environment()
		return token
	}
	keep("http://one", "org_a", "acme")
	keep("http://one", "org_b", "beta")
	require.Equal(t, "syn_beta", token(), "the one logged in to last")

	t.Setenv("SYNTRA_ORG", "acme")
	require.Equal(t, "syn_acme", token())
	t.Setenv("SYNTRA_ORG", "gamma")
	require.Empty(t, token(), "never that of another organization")
	_, err := connect()
	require.ErrorContains(t, err, `"gamma"`)
	t.Setenv("SYNTRA_ORG", "")

	t.Setenv("SYNTRA_URL", "http://two")
	require.Empty(t, token(), "a kept token is never sent to another host")
	t.Setenv("SYNTRA_TOKEN", "syn_mine")
	require.Equal(t, "syn_mine", token())
	t.Setenv("SYNTRA_URL", "")
	t.Setenv("SYNTRA_TOKEN", "")

	keep("http://two", "org_c", "acme")
	require.Len(t, kept(t).Organizations, 1, "tokens of another Syntra are forgotten")
}

func TestADirectoryIsLinkedToAServiceOfOneOrganization(t *testing.T) {
	atHome(t)
	shop := link{Organization: "org_a", Project: "shop", Service: "web"}
	in := func(id string) link {
		require.NoError(t, updateConfig(func(c *config) error {
			c.keep("http://one", id, membership{Slug: id, Token: "syn_" + id})
			return nil
		}))
		return kept(t).linked("/dir")
	}
	in("org_a")
	require.NoError(t, remember("/dir", link{Project: "shop", Service: "web"}))
	require.Empty(t, in("org_b"), "another organization has no such service")
	require.Equal(t, shop, in("org_a"))
	t.Setenv("SYNTRA_TOKEN", "syn_ci")
	require.Equal(t, shop, kept(t).linked("/dir"), "whose organization that is nobody knows here")
}

func TestTheLinkOfAnInvitationIsRead(t *testing.T) {
	t.Parallel()
	for _, link := range []string{"https://a.example.com/join/syi_x", "https://a.example.com/join/syi_x/", "https://a.example.com/join/syi_x?utm=1"} {
		base, token, err := parseInvitation(link)
		require.NoError(t, err, link)
		require.Equal(t, []string{"https://a.example.com", "syi_x"}, []string{base, token})
	}
	for _, link := range []string{"", "syi_x", "https://a.example.com", "https://a.example.com/join/", "ftp://a/join/syi_x", "/join/syi_x"} {
		_, _, err := parseInvitation(link)
		require.ErrorContains(t, err, "is no invitation", link)
	}
}
