package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/source"
)

// A person meets Syntra in a browser; the story is e2e/browser/acts.mjs. Pictures of every page go to e2e/results.
func TestTheDashboardTellsTheWholeStoryInABrowser(t *testing.T) {
	chromium := requireBrowser(t)
	node, err := exec.LookPath("node")
	require.NoError(t, err, "the story needs Node")
	_, p := story(t)
	ctx, cancel := context.WithTimeout(context.Background(), 12*time.Minute)
	defer cancel()
	results := filepath.Join(harness.Root(), "e2e", "results")
	require.NoError(t, os.MkdirAll(results, 0o755))
	work := t.TempDir()
	// The server that the story adds has an edge and replicas that outlive its agent.
	t.Cleanup(func() { endAll(t, work) })
	gate := filepath.Join(work, "gate")

	cmd := exec.CommandContext(ctx, node, filepath.Join(harness.Root(), "e2e", "browser", "story.mjs"))
	cmd.Env = append(os.Environ(),
		"STORY_URL="+p.URL, "STORY_EMAIL="+p.Email, "STORY_PASSWORD="+p.Password,
		"STORY_CHROMIUM="+chromium, "STORY_RESULTS="+results, "STORY_WORK="+work, "STORY_SYNTRA="+harness.Bin("syntra"), "STORY_GATE="+gate,
		"STORY_ARCHIVE_ONE="+packed(ctx, t, program(t, "one", map[string]string{
			"syntra.yaml": built(fmt.Sprintf("echo compiling the shop; while [ ! -e %s ]; do sleep 0.1; done; echo the shop is compiled", gate)),
		})),
		"STORY_ARCHIVE_TWO="+packed(ctx, t, program(t, "two", map[string]string{"syntra.yaml": built("echo compiling again")})),
		"STORY_ARCHIVE_BROKEN="+packed(ctx, t, program(t, "broken", map[string]string{"syntra.yaml": built("echo no such shelf >&2; exit 7")})),
	)
	var out jsonLines
	cmd.Stdout, cmd.Stderr = &out, testWriter{t}
	// Node, and the browser and the agent that it starts, end together.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	err = cmd.Run()

	var told struct {
		Looked   int    `json:"looked"`
		Problems int    `json:"problems"`
		Failure  string `json:"failure"`
	}
	require.NoError(t, json.Unmarshal(out.last(), &told), "the story said nothing at its end (%v)", err)
	require.Empty(t, told.Failure)
	require.Zero(t, told.Problems, "axe or the browser found something; see above")
	require.NoError(t, err)
	require.Greater(t, told.Looked, 30, "pages and themes that axe looked at")
}

// built is a syntra.yaml with this build command.
func built(command string) string {
	return fmt.Sprintf("build:\n  command: %q\nrun:\n  command: ./service\nhealth:\n  path: /up\n", command)
}

// packed writes a source and packs it as a person would for the dashboard's upload.
func packed(ctx context.Context, t *testing.T, s harness.Source) string {
	t.Helper()
	require.NoError(t, s.Write())
	archive, err := os.Create(filepath.Join(t.TempDir(), s.Version+".tar.gz"))
	require.NoError(t, err)
	defer archive.Close()
	_, err = source.Pack(ctx, s.Dir, archive, source.DefaultLimits)
	require.NoError(t, err)
	return archive.Name()
}

// endAll kills what still runs for a data folder, and waits until it is gone.
func endAll(t *testing.T, dir string) {
	t.Helper()
	gone := func() bool {
		left := harness.Leftovers(dir)
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		return len(left) == 0
	}
	require.Eventually(t, gone, time.Minute, 20*time.Millisecond, "processes of %s do not end", dir)
}
