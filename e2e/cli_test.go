package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/e2e/harness"
)

func TestSynLogsInWithATokenThatNobodySees(t *testing.T) {
	ctx, p := story(t)
	term := newTerminal(t)
	require.Equal(t, 3, term.run(ctx, t, "status").code, "before the login")

	r := term.typing(ctx, t, p.Token+"\n", "login", "--url", p.URL)

	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "Logged in to "+p.URL+" as "+p.Email)
	require.NotContains(t, r.out+r.err, p.Token)
	file := filepath.Join(term.home, "config", "syntra", "syn.json")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "the token is its owner's only")
	term.ok(ctx, t, "status")

	r = term.typing(ctx, t, "syn_nobodys\n", "login", "--url", p.URL)
	require.Equal(t, 3, r.code, "a token that is refused: %s", r.err)
	term.ok(ctx, t, "status") // and not kept

	elsewhere := term
	elsewhere.env = []string{"SYNTRA_URL=http://127.0.0.1:1"}
	require.Equal(t, 3, elsewhere.run(ctx, t, "status").code, "the kept token is never sent to another address")
	elsewhere.env = append(elsewhere.env, "SYNTRA_TOKEN="+p.Token)
	require.Equal(t, 5, elsewhere.run(ctx, t, "status").code, "the variables win over what is kept")

	term.ok(ctx, t, "logout")
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NotContains(t, string(raw), p.Token)
	require.Equal(t, 3, term.run(ctx, t, "status").code)
}

func TestSynTellsByItsExitCodeWhatWentWrong(t *testing.T) {
	ctx, p := story(t)
	there := []string{"SYNTRA_URL=" + p.URL, "SYNTRA_TOKEN=" + p.Token}
	for _, each := range []struct {
		name string
		env  []string
		args []string
		code int
		says string
	}{
		{"an unknown command", there, []string{"deploi"}, 2, "deploi"},
		{"an unknown flag", there, []string{"status", "--fast"}, 2, "--fast"},
		{"too many words", there, []string{"status", "now"}, 2, "now"},
		{"too few words", there, []string{"env", "set"}, 2, "nothing to set"},
		{"no number", there, []string{"scale", "many"}, 2, "syn scale 3"},
		{"nobody logged in", nil, []string{"status"}, 3, "syn login"},
		{"a wrong token", []string{"SYNTRA_URL=" + p.URL, "SYNTRA_TOKEN=syn_wrong"}, []string{"status"}, 3, "token"},
		{"an unknown project", there, []string{"logs", "-p", "nowhere", "-s", "web"}, 4, `"nowhere"`},
		{"an unknown server", there, []string{"server", "remove", "nobody"}, 4, `"nobody"`},
		{"an unknown deployment", there, []string{"cancel", "dep_00000000000000000000000000"}, 4, "dep_"},
		{"nobody at that address", []string{"SYNTRA_URL=http://127.0.0.1:1", "SYNTRA_TOKEN=syn_any"}, []string{"status"}, 5, "127.0.0.1:1"},
	} {
		t.Run(each.name, func(t *testing.T) {
			term := newTerminal(t)
			term.env = each.env

			r := term.run(ctx, t, each.args...)

			require.Equal(t, each.code, r.code, r.err)
			require.Empty(t, r.out, "what went wrong is no result")
			require.Contains(t, r.err, each.says)
		})
	}
}

func TestSynDeploysADirectoryAndRollsItBack(t *testing.T) {
	ctx, p := story(t)
	term := loggedIn(t, p)
	source := program(t, "one", map[string]string{"syntra.yaml": built("echo compiling the first")})
	require.NoError(t, source.Write())
	term.dir = source.Dir

	r := term.run(ctx, t, "deploy", "--project", "cli", "--service", "web", "--server", "this-machine")

	require.Zero(t, r.code, r.err)
	for _, said := range []string{"made project cli", "made service cli/web", "packed 3 files", "• build", "│ compiling the first", "✓ build", "✓ health", "✓ live in"} {
		require.Contains(t, r.err, said)
	}
	address, err := url.Parse(strings.TrimSuffix(r.out, "\n"))
	require.NoError(t, err, "standard output is the URL and nothing else")
	require.NoError(t, p.Answers(ctx, address.Host, "/", "one"))

	t.Run("the directory remembers its service", func(t *testing.T) {
		source.Version, source.Marks = "two", nil
		require.NoError(t, source.Write())
		require.Equal(t, r.out, term.ok(ctx, t, "deploy"))
		require.NoError(t, p.Answers(ctx, address.Host, "/", "two"))
		require.Regexp(t, `(?m)^cli/web +running +#2 +this-machine +succeeded .* `+address.String(), term.ok(ctx, t, "status"))
		require.Equal(t, address.String()+"\n", term.ok(ctx, t, "open"))
	})
	t.Run("back to a number, and forward again", func(t *testing.T) {
		r := term.run(ctx, t, "rollback", "1")
		require.Zero(t, r.code, r.err)
		require.NotContains(t, r.err, "build", "a rollback builds nothing")
		require.NoError(t, p.Answers(ctx, address.Host, "/", "one"))
		require.Regexp(t, `(?m)^#1 +live`, term.ok(ctx, t, "releases"))

		term.ok(ctx, t, "rollback", "#2")
		require.NoError(t, p.Answers(ctx, address.Host, "/", "two"))
		term.ok(ctx, t, "rollback")
		require.NoError(t, p.Answers(ctx, address.Host, "/", "one"), "without a number, the release before the live one")
		require.Equal(t, 4, term.run(ctx, t, "rollback", "99").code)
	})
	t.Run("in JSON", func(t *testing.T) {
		steps := term.objects(ctx, t, "deploy")
		last := decoded[harness.Deployed](t, steps)
		require.Equal(t, "succeeded", last.Status)
		require.Equal(t, address.String(), last.URL)
		require.NotEmpty(t, last.ReleaseID)
		require.Contains(t, string(steps[0]), `"step":"source"`)
		for _, args := range [][]string{{"status"}, {"releases"}, {"logs"}, {"env", "list"}, {"server", "list"}, {"open"}, {"restart"}} {
			term.objects(ctx, t, args...)
		}
	})
}

func TestSynCancelsADeployment(t *testing.T) {
	ctx, p := story(t)
	term := loggedIn(t, p)
	first, err := p.Deploy(ctx, program(t, "one", nil), "cancel", "web")
	require.NoError(t, err)
	endless := program(t, "two", map[string]string{"syntra.yaml": built("sleep 3600")})
	require.NoError(t, endless.Write())
	term.dir = endless.Dir
	id := strings.TrimSpace(term.ok(ctx, t, "deploy", "-p", "cancel", "-s", "web", "--detach"))
	eventually(ctx, t, "the build runs", func() bool {
		d, err := p.Deployment(ctx, id)
		return err == nil && isRunning(d, deployment.Build)
	})

	require.Contains(t, term.ok(ctx, t, "cancel"), id)

	d, err := p.AwaitDeployment(ctx, id)
	require.NoError(t, err)
	require.EqualValues(t, "cancelled", d.Status)
	service, err := p.Service(ctx, first.ServiceID)
	require.NoError(t, err)
	require.NoError(t, p.Answers(ctx, service.Host, "/", "one"))
	again := term.run(ctx, t, "cancel", first.DeploymentID)
	require.Equal(t, 1, again.code)
	require.Contains(t, again.err, "has ended")
}

func TestSynKeepsVariablesThatNobodyReadsBack(t *testing.T) {
	ctx, p := story(t)
	term := loggedIn(t, p)
	source := program(t, "one", nil)
	d, err := p.Deploy(ctx, source, "variables", "web")
	require.NoError(t, err)
	service, err := p.Service(ctx, d.ServiceID)
	require.NoError(t, err)
	to := []string{"-p", "variables", "-s", "web"}
	const secret, piped = "hunter2-is-not-shown", "two lines\nfrom a file\n"

	said := term.ok(ctx, t, append([]string{"env", "set", "PASSWORD=" + secret, "MODE=quiet=loud"}, to...)...)
	r := term.typing(ctx, t, piped, append([]string{"env", "set", "MOTTO", "--deploy"}, to...)...)

	require.Zero(t, r.code, r.err)
	for name, value := range map[string]string{"PASSWORD": secret, "MODE": "quiet=loud", "MOTTO": piped} {
		require.NoError(t, p.Answers(ctx, service.Host, "/env?quote&name="+name, strconv.Quote(value)))
	}
	listed := term.ok(ctx, t, append([]string{"env", "list"}, to...)...) + term.ok(ctx, t, append([]string{"env", "list", "--json"}, to...)...)
	for _, name := range []string{"PASSWORD", "MODE", "MOTTO"} {
		require.Contains(t, listed, name)
	}
	require.NotContains(t, said+r.out+r.err+listed, secret)
	require.NotContains(t, said+r.out+r.err+listed, "two lines")

	term.ok(ctx, t, append([]string{"env", "unset", "PASSWORD", "--deploy"}, to...)...)
	require.NoError(t, p.Answers(ctx, service.Host, "/env?name=PASSWORD", ""))
	require.NotContains(t, term.ok(ctx, t, append([]string{"env", "list"}, to...)...), "PASSWORD")
	require.NotZero(t, term.run(ctx, t, append([]string{"env", "set", "not a name=1"}, to...)...).code)
}

func TestSynOperatesAService(t *testing.T) {
	ctx, p := story(t)
	term := loggedIn(t, p)
	d, err := p.Deploy(ctx, program(t, "one", nil), "operate", "web")
	require.NoError(t, err)
	service, err := p.Service(ctx, d.ServiceID)
	require.NoError(t, err)
	to := []string{"-p", "operate", "-s", "web"}

	require.Contains(t, term.ok(ctx, t, append([]string{"scale", "2"}, to...)...), "scale done")
	require.Regexp(t, `(?m)^operate/web +running +#1 +this-machine ×2 `, term.ok(ctx, t, "status"))
	term.ok(ctx, t, append([]string{"restart"}, to...)...)
	require.NoError(t, p.Answers(ctx, service.Host, "/", "one"))

	term.ok(ctx, t, append([]string{"stop"}, to...)...)
	status, _, err := p.Fetch(ctx, service.Host, "/")
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Regexp(t, `(?m)^operate/web +stopped `, term.ok(ctx, t, "status"))

	term.ok(ctx, t, append([]string{"start"}, to...)...)
	require.NoError(t, p.Answers(ctx, service.Host, "/", "one"))
}

func TestSynRunsCommandsWhereTheServiceRuns(t *testing.T) {
	ctx, p := story(t)
	term := loggedIn(t, p)
	_, err := p.Deploy(ctx, program(t, "one", nil), "exec", "web")
	require.NoError(t, err)
	exec := func(command ...string) []string {
		return append([]string{"exec", "-p", "exec", "-s", "web", "--"}, command...)
	}

	r := term.typing(ctx, t, "a line that comes back\n", exec("cat")...)
	require.Equal(t, ran{out: "a line that comes back\n"}, r)

	r = term.run(ctx, t, exec("sh", "-c", "cat VERSION; echo to the side >&2; exit 7")...)
	require.Equal(t, 7, r.code, "the command's exit code is syn's: %s", r.err)
	require.Equal(t, "one\n", r.out, "in the folder of the release")
	require.Contains(t, r.err, "to the side\n")
}

func TestSynAddsAndRemovesServers(t *testing.T) {
	ctx, p := story(t)
	term := loggedIn(t, p)

	added := term.ok(ctx, t, "server", "add", "by-command")
	renewed := decoded[struct {
		Token, Command string
	}](t, term.objects(ctx, t, "server", "token", "by-command"))

	require.Contains(t, added, "syntra agent --url "+p.URL+" --token syj_")
	require.Contains(t, renewed.Command, renewed.Token)
	require.NotContains(t, added, renewed.Token, "each token is another")
	require.Regexp(t, `(?m)^by-command +pending `, term.ok(ctx, t, "server", "list"))
	require.Regexp(t, `(?m)^this-machine +online .*process`, term.ok(ctx, t, "server", "list"))
	require.Equal(t, 1, term.run(ctx, t, "server", "add", "by-command").code, "a name is given once")

	term.ok(ctx, t, "server", "remove", "by-command")
	require.NotContains(t, term.ok(ctx, t, "server", "list"), "by-command")
	require.Equal(t, 4, term.run(ctx, t, "server", "remove", "by-command").code)
}

func TestSynShowsLogsAndFindsThingsInThem(t *testing.T) {
	ctx, p := story(t)
	term := loggedIn(t, p)
	d, err := p.Deploy(ctx, program(t, "one", map[string]string{"syntra.yaml": built("echo compiling it all")}), "logs", "web")
	require.NoError(t, err)
	service, err := p.Service(ctx, d.ServiceID)
	require.NoError(t, err)
	to := func(args ...string) []string {
		return append(append([]string{"logs"}, args...), "-p", "logs", "-s", "web")
	}
	following := term.follow(ctx, t, to("-f")...)
	for _, line := range []string{"a red apple", "a green apple", "a red pear"} {
		require.NoError(t, p.Answers(ctx, service.Host, "/say?line="+url.QueryEscape(line), ""))
	}
	eventually(ctx, t, "the lines are followed", func() bool { return strings.Contains(following.text(), "a red pear") })

	require.Contains(t, term.ok(ctx, t, to("--build")...), "compiling it all")
	require.Contains(t, term.ok(ctx, t, "logs", "--deployment", d.DeploymentID), "compiling it all")
	require.Equal(t, "a red apple\n", term.ok(ctx, t, to("--search", "red -pear")...))
	require.Equal(t, "a red pear\n", term.ok(ctx, t, to("-n", "1")...))
	var line struct{ Stream, Body, Release string }
	require.NoError(t, json.Unmarshal(term.objects(ctx, t, to("--search", `"green apple"`)...)[0], &line))
	require.Equal(t, "stdout", line.Stream)
	require.Equal(t, d.ReleaseID, line.Release)
	require.Equal(t, 130, following.interrupt())
}

// A platform that dies loses no line, shows none twice, and whoever follows them goes on reading.
func TestSynFollowsLogsAcrossTheDeathOfThePlatform(t *testing.T) {
	ctx, p := own(t, harness.Options{})
	d, err := p.Deploy(ctx, program(t, "one", nil), "logs", "web")
	require.NoError(t, err)
	service, err := p.Service(ctx, d.ServiceID)
	require.NoError(t, err)
	following := loggedIn(t, p).follow(ctx, t, "logs", "-f", "-p", "logs", "-s", "web")
	lines := []string{"said before", "said meanwhile", "said after"}
	say := func(line string) {
		require.NoError(t, p.Answers(ctx, service.Host, "/say?line="+url.QueryEscape(line), ""))
	}
	heard := func(line string) func() bool {
		return func() bool { return strings.Contains(following.text(), line) }
	}
	say(lines[0])
	eventually(ctx, t, lines[0], heard(lines[0]))

	p.Kill()
	say(lines[1])
	require.NoError(t, p.Restart(ctx))
	say(lines[2])

	eventually(ctx, t, lines[2], heard(lines[2]))
	var said []string
	for line := range strings.Lines(following.text()) {
		if strings.HasPrefix(line, "said ") {
			said = append(said, strings.TrimSpace(line))
		}
	}
	require.Equal(t, lines, said)
}
