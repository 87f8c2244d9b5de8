package webhook_test

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/notify"
)

// TestTheGuidesReceiversVerifyWhatIsSent runs the programs that docs/guide/webhooks.md shows.
func TestTheGuidesReceiversVerifyWhatIsSent(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/guide/webhooks.md")
	require.NoError(t, err)
	for language, start := range map[string]func(t *testing.T, program string) []string{
		"go": func(t *testing.T, program string) []string {
			out, err := exec.Command("go", "build", "-o", program+".bin", program).CombinedOutput()
			require.NoError(t, err, "%s", out)
			return []string{program + ".bin"}
		},
		"js": func(t *testing.T, program string) []string {
			if _, err := exec.LookPath("node"); err != nil {
				t.Skip("there is no node here")
			}
			require.NoError(t, os.Rename(program, program+".mjs"))
			return []string{"node", program + ".mjs"}
		},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			block := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(guide)
			require.NotNil(t, block)
			program := filepath.Join(t.TempDir(), "receiver."+language)
			require.NoError(t, os.WriteFile(program, block[1], 0o600))
			argv := start(t, program)
			h, port := newHouse(t), freePort(t)
			url := "http://127.0.0.1:" + port
			hook, signing := h.subscribe(url)
			receive(t, argv, url, "PORT="+port, "WEBHOOK_SECRET="+signing)
			h.work()
			d := h.await(h.send(hook, "deployment.failed"))
			require.Equal(t, notify.Delivered, d.State, d.Error)
			other, _ := h.subscribe(url) // signs with another secret
			require.Contains(t, h.await(h.send(other, "deployment.failed")).Error, "401")
		})
	}
}

// receive runs a receiver until the test ends, and returns once it answers.
func receive(t *testing.T, argv []string, url string, env ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Wait() }) // killed with the test's context
	require.Eventually(t, func() bool {
		res, err := http.Post(url, "application/json", strings.NewReader("{}"))
		if err != nil {
			return false
		}
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusUnauthorized, res.StatusCode, "what is not signed is refused")
		return true
	}, 2*time.Minute, 50*time.Millisecond)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}
