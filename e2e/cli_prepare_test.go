package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSynPreparesAServiceBeforeItsFirstDeployment(t *testing.T) {
	ctx, p := story(t)
	term := loggedIn(t, p)
	source := program(t, "one", nil)
	require.NoError(t, source.Write())
	term.dir = source.Dir
	to := []string{"-p", "prepared", "-s", "web"}
	run := func(args ...string) string { return term.ok(ctx, t, append(args, to...)...) }

	require.Contains(t, term.ok(ctx, t, "service", "create", "prepared/web"), "Made prepared/web")
	run("env", "set", "GREETING=hello\n")
	run("config", "set", "run.replicas=2", "health.path=/up")
	require.Equal(t, "2\n", run("config", "get", "run.replicas"))
	require.Equal(t, 2, term.run(ctx, t, append([]string{"config", "set", "run.prot=1"}, to...)...).code)

	address := strings.TrimSpace(run("deploy"))
	require.NotEmpty(t, address)
	require.NoError(t, p.Answers(ctx, strings.TrimPrefix(strings.Split(address, ":")[1], "//"), "/env?name=GREETING&quote", `"hello\n"`))
	require.Regexp(t, `(?m)^prepared/web +running +#1 +this-machine ×2`, term.ok(ctx, t, "status"))
	require.Regexp(t, `(?m)^dep_\S+ +deploy +succeeded +#1`, run("deployments"))

	require.Equal(t, 4, term.run(ctx, t, append([]string{"cancel"}, to...)...).code, "nothing is under way")
	require.Equal(t, 2, term.run(ctx, t, "service", "delete", "prepared/web").code, "not without --yes")
	term.ok(ctx, t, "service", "delete", "prepared/web", "--yes")
	eventually(ctx, t, "it is gone", func() bool { return !strings.Contains(term.ok(ctx, t, "status"), "prepared/web") })
}

func TestSynLeavesNoEmptyServiceBehindARefusedDeployment(t *testing.T) {
	ctx, p := story(t)
	term := loggedIn(t, p)
	term.dir = t.TempDir()

	refused := term.run(ctx, t, "deploy", "-p", "refused", "-s", "web", "--ref", "main")

	require.NotZero(t, refused.code)
	require.Contains(t, refused.err, "repository")
	eventually(ctx, t, "neither service nor project is left", func() bool {
		return !strings.Contains(term.ok(ctx, t, "status"), "refused/web") &&
			term.run(ctx, t, "releases", "-p", "refused", "-s", "web").code == 4
	})
}
