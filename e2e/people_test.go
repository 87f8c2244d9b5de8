package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSynInvitesAPersonWhoJoinsFromAnotherTerminal(t *testing.T) {
	ctx, p := story(t)
	ada := newTerminal(t)
	require.Zero(t, ada.typing(ctx, t, p.Token+"\n", "login", "--url", p.URL).code)
	ada.ok(ctx, t, "org", "create", "people", "--name", "People")
	require.Regexp(t, `(?m)^\* +people +People +owner +yes$`, ada.ok(ctx, t, "org", "list"))

	link := strings.TrimSpace(ada.ok(ctx, t, "invite", "bob@example.com", "--role", "viewer"))
	require.Contains(t, ada.ok(ctx, t, "invite", "list"), "bob@example.com")
	bob := newTerminal(t)
	r := bob.typing(ctx, t, "correct horse battery staple\n", "join", link, "--name", "Bob")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "Now in People as viewer.\n", r.out)
	require.NotContains(t, r.out+r.err, "syn_", "the token is nobody's to see")
	require.Contains(t, bob.ok(ctx, t, "members", "list"), "bob@example.com")
	require.Equal(t, 4, newTerminal(t).typing(ctx, t, "another password\n", "join", link).code, "a link is good once")

	require.Equal(t, 3, bob.run(ctx, t, "invite", "cat@example.com").code, "a viewer invites nobody")
	ada.ok(ctx, t, "members", "set-role", "bob@example.com", "admin")
	bob.ok(ctx, t, "invite", "cat@example.com")
	bob.ok(ctx, t, "invite", "revoke", "cat@example.com")
	ada.ok(ctx, t, "members", "remove", "bob@example.com")
	require.Equal(t, 3, bob.run(ctx, t, "members", "list").code, "who is removed is out at once")

	t.Run("and switches between organizations", func(t *testing.T) {
		require.Equal(t, 3, ada.run(ctx, t, "org", "switch", "nowhere").code)
		require.Zero(t, ada.typing(ctx, t, p.Token+"\n", "login", "--url", p.URL).code)
		require.NotContains(t, ada.ok(ctx, t, "org", "list"), "* people")
		ada.ok(ctx, t, "org", "switch", "people")
		require.Regexp(t, `(?m)^\* +people`, ada.ok(ctx, t, "org", "list"))
		ada.env = []string{"SYNTRA_ORG=nowhere"}
		require.Equal(t, 3, ada.run(ctx, t, "members", "list").code)
	})
}
