package e2e

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/harness"
)

// operate runs a command of the operator's beside a platform that runs.
func operate(ctx context.Context, t *testing.T, p *harness.Platform, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(ctx, harness.Bin("syntra"), args...)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+p.Database, "SYNTRA_MASTER_KEY_FILE="+filepath.Join(p.DataDir, "master.key"))
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "syntra %v: %s", args, out)
	return string(out)
}

func TestAnOperatorGivesALostPasswordAnew(t *testing.T) {
	ctx, p := story(t)
	login := func(password string) error {
		return p.Do(ctx, http.MethodPost, "/auth/login", map[string]string{"email": p.Email, "password": password}, nil)
	}
	t.Cleanup(func() { operate(context.Background(), t, p, p.Password+"\n", "password", p.Email) })

	out := operate(ctx, t, p, "given by the operator\n", "password", p.Email)

	require.NotContains(t, out, "given by the operator")
	require.NoError(t, login("given by the operator"))
	var refused *harness.Problem
	require.ErrorAs(t, login(p.Password), &refused)
	require.Equal(t, http.StatusUnauthorized, refused.Status)
}

func TestTheMasterKeyIsRotatedWhileThePlatformRuns(t *testing.T) {
	ctx, p := story(t)
	term := loggedIn(t, p)
	d, err := p.Deploy(ctx, program(t, "one", nil), "rotation", "web")
	require.NoError(t, err)
	service, err := p.Service(ctx, d.ServiceID)
	require.NoError(t, err)
	to := []string{"-p", "rotation", "-s", "web"}
	set := func(value string) { term.ok(ctx, t, append([]string{"env", "set", value, "--deploy"}, to...)...) }
	set("BEFORE=set before")

	require.Regexp(t, `[1-9]\d* values are encrypted with it`, operate(ctx, t, p, "", "rotate-key"))

	set("AFTER=set after")
	require.NoError(t, p.Answers(ctx, service.Host, "/env?name=BEFORE", "set before"))
	require.NoError(t, p.Answers(ctx, service.Host, "/env?name=AFTER", "set after"))
}
