package e2e

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/projections"
)

const sampleSays = "Hello from Syntra"

// What somebody meets who has just cloned the repository: `syntra dev`, its sample, Ctrl-C, and the day after.
func TestANewcomerStartsEverythingAndComesBack(t *testing.T) {
	ctx, p := own(t, harness.Options{Sample: true})
	printed, err := os.ReadFile(p.LogFile())
	require.NoError(t, err)
	first, host := p.State, hostOf(t, p.SampleURL)
	sample := func(t *testing.T) {
		t.Helper()
		status, body, err := p.Fetch(ctx, host, "/")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, body, sampleSays)
	}

	t.Run("it says where everything is, and it is there", func(t *testing.T) {
		for _, said := range []string{
			"Dashboard    " + p.URL + "\n", "Login        " + p.Email + " / " + p.Password + "\n",
			"Temporal UI  " + p.TemporalUI + "\n", "Sample       " + p.SampleURL + "\n",
		} {
			require.Contains(t, string(printed), said)
		}
		for _, step := range []string{"✓ PostgreSQL", "✓ ClickHouse", "✓ Temporal", "✓ Agent", "✓ Edge", "✓ build", "✓ verify"} {
			require.Contains(t, string(printed), step, "progress while it works")
		}
		require.Contains(t, get(ctx, t, p.URL), "<title>")
		require.Contains(t, get(ctx, t, p.TemporalUI), "<html")
		require.NoError(t, p.Do(ctx, http.MethodPost, "/auth/login", map[string]string{"email": p.Email, "password": p.Password}, nil))
		sample(t)
	})

	t.Run("a second one on the same folder is refused", func(t *testing.T) {
		cmd := exec.CommandContext(ctx, harness.Bin("syntra"), "dev", "--data", p.DataDir, "--listen", "127.0.0.1:0")
		out, err := cmd.CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(out), "another Syntra runs on "+p.DataDir+": end it, or choose another folder with --data")
		sample(t)
		require.NoError(t, p.Refresh(), "the first one is not disturbed")
	})

	t.Run("the sample outlives a platform that is killed, and the next one takes agent and edge over", func(t *testing.T) {
		require.NoError(t, p.Refresh())
		before := p.PIDs
		load := p.StartLoad(host, "/up", 2, limit)
		eventually(ctx, t, "the load has begun", func() bool { return load.Requests() > 10 })

		p.Kill()
		asked := load.Requests()
		eventually(ctx, t, "the sample is asked while no platform runs", func() bool { return load.Requests() > asked+50 })
		require.NoError(t, p.Restart(ctx))

		report := load.Stop()
		require.Zero(t, report.Failed, report.First)
		require.Equal(t, before.Agent, p.PIDs.Agent)
		require.Equal(t, before.Edge, p.PIDs.Edge)
		require.NotEqual(t, before.Platform, p.PIDs.Platform)
		sample(t)
	})

	t.Run("Ctrl-C ends everything", func(t *testing.T) {
		require.NoError(t, p.Stop())
		require.Empty(t, harness.Leftovers(p.DataDir), "processes left behind")
		_, _, err := p.Fetch(ctx, host, "/")
		require.Error(t, err)
	})

	t.Run("the next start resumes", func(t *testing.T) {
		require.NoError(t, p.Restart(ctx))
		require.Equal(t, []string{first.Email, first.Password, first.Token}, []string{p.Email, p.Password, p.Token})
		eventually(ctx, t, "the sample serves again", func() bool {
			status, body, err := p.Fetch(ctx, host, "/")
			return err == nil && status == http.StatusOK && strings.Contains(body, sampleSays)
		})
		var all struct {
			Items []projections.Deployment `json:"items"`
		}
		require.NoError(t, p.Do(ctx, http.MethodGet, "/deployments", nil, &all))
		require.Len(t, all.Items, 1, "it is the same release, not a new deployment")
	})
}

func TestTwoPlatformsLiveSideBySide(t *testing.T) {
	ctx, one := story(t)
	_, two := own(t, harness.Options{})

	for _, each := range []*harness.Platform{one, two} {
		d, err := each.Deploy(ctx, program(t, each.URL, nil), "beside", "web")
		require.NoError(t, err)
		require.NoError(t, each.Answers(ctx, hostOf(t, d.URL), "/", each.URL))
	}

	require.NotEqual(t, one.URL, two.URL)
	require.NotEqual(t, one.EdgeHTTP, two.EdgeHTTP)
	stranger := *two
	stranger.Token = one.Token
	var refused *harness.Problem
	require.ErrorAs(t, stranger.Do(ctx, http.MethodGet, "/services", nil, nil), &refused)
	require.Equal(t, http.StatusUnauthorized, refused.Status)
	require.NoError(t, two.Stop())
	require.Empty(t, harness.Leftovers(two.DataDir))
	require.NoError(t, one.Do(ctx, http.MethodGet, "/services", nil, nil), "the other one goes on")
}

func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	require.NotEmpty(t, u.Host, "no host in %q", address)
	return u.Host
}

// get reads a page that must be there.
func get(ctx context.Context, t *testing.T, address string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, address)
	return string(body)
}
