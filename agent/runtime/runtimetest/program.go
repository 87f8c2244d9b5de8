package runtimetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Step is what a test source does when it is built.
type Step string

// Steps, see app/main.go.
const (
	BuildOK     Step = "build-ok"
	BuildFails  Step = "build-fail"
	BuildSecret Step = "build-secret" // prints and digests the secret TOKEN
	BuildArgs   Step = "build-args"   // prints the argument FLAVOUR
	BuildHangs  Step = "build-hang"
)

var program = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "syntra-app-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, "app"), "github.com/syntra-dev/syntra/agent/runtime/runtimetest/app")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the test program: %w\n%s", err, out)
	}
	return os.ReadFile(filepath.Join(dir, "app"))
})

// Program answers the test program, an executable that needs no libraries.
func Program(t testing.TB) []byte {
	t.Helper()
	raw, err := program()
	require.NoError(t, err)
	return raw
}

// DockerSource writes a source with a Dockerfile; it needs no image from elsewhere.
func DockerSource(t testing.TB, step Step) string {
	t.Helper()
	mount := ""
	if step == BuildSecret {
		mount = "--mount=type=secret,id=TOKEN "
	}
	return Source(t, map[string]string{
		"Dockerfile": "FROM scratch\nARG FLAVOUR\nCOPY app /app\nRUN " + mount + `["/app","` + string(step) + `"]` + "\nEXPOSE 8080\nENTRYPOINT [\"/app\",\"serve\"]\n",
	})
}

// ProcessSource writes a source that is built and run by the commands in its syntra.yaml.
func ProcessSource(t testing.TB, step Step) string {
	t.Helper()
	return Source(t, map[string]string{
		"syntra.yaml": "build:\n  command: ./app " + string(step) + "\nrun:\n  command: exec ./app serve\n",
	})
}

// Source writes files and the test program as "app" into a new folder.
func Source(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "app"), Program(t), 0o755))
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}
