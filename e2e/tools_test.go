package e2e

import (
	"net"
	"os"
	"os/exec"
	"testing"
)

// requireDocker leaves the test out where no engine answers, unless the run promised one.
func requireDocker(t *testing.T) {
	t.Helper()
	conn, err := net.Dial("unix", "/var/run/docker.sock")
	if err == nil {
		_ = conn.Close()
		return
	}
	if os.Getenv("SYNTRA_REQUIRE_DOCKER") != "" {
		t.Fatalf("no Docker engine answers: %v", err)
	}
	t.Skipf("no Docker engine answers: %v", err)
}

// requireBrowser answers Chromium's path, or leaves the test out as requireDocker does.
func requireBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("SYNTRA_REQUIRE_BROWSER") != "" {
		t.Fatal("no Chromium on the PATH")
	}
	t.Skip("no Chromium on the PATH")
	return ""
}
