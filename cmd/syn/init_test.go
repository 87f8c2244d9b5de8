package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/source"
)

// initialize runs syn init in a directory of these files and returns what it printed.
func initialize(t *testing.T, files map[string]string, flags ...string) (dir, printed string, err error) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "My Shop")
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	var out bytes.Buffer
	a := &app{out: &out, err: &out}
	cmd := a.root()
	cmd.SetArgs(append([]string{"init", dir}, flags...))
	err = cmd.Execute()
	return dir, out.String(), err
}

var python = map[string]string{"requirements.txt": "fastapi", "app.py": "api = FastAPI()\n"}

func TestInit_writesWhatWasDetected(t *testing.T) {
	t.Parallel()
	dir, printed, err := initialize(t, python)
	require.NoError(t, err)
	require.Contains(t, printed, "Python, FastAPI, found by requirements.txt, app.py")
	require.Contains(t, printed, ".venv/bin/python -m uvicorn app:api")
	raw, err := os.ReadFile(filepath.Join(dir, source.ConfigFile))
	require.NoError(t, err)
	require.Contains(t, string(raw), "#   exec .venv/bin/python -m uvicorn app:api")
	file, err := source.ParseConfig(source.ConfigFile, raw)
	require.NoError(t, err)
	require.Equal(t, &source.File{Service: "my-shop"}, file, "nothing is pinned that detection finds by itself")
}

func TestInit_takesOverWhatOtherToolsAreTold(t *testing.T) {
	t.Parallel()
	dir, printed, err := initialize(t, map[string]string{"go.mod": "module x", "main.go": "package main", "compose.yaml": `
services:
  web: {build: ., ports: ["80:3000"], environment: {LEVEL: info}}
  jobs: {build: ./jobs}
  db: {image: postgres}
`, "jobs/main.py": ""})
	require.NoError(t, err)
	require.Contains(t, printed, "Set these with syn env set\n  LEVEL=info\n")
	require.Contains(t, printed, "Not kept\n  compose.yaml: service db runs the image postgres")
	web, err := source.Config(dir)
	require.NoError(t, err)
	require.Equal(t, "web", web.Service)
	require.Equal(t, 3000, web.Run.Port)
	jobs, err := source.Config(filepath.Join(dir, "jobs"))
	require.NoError(t, err)
	require.Equal(t, "jobs", jobs.Service)
}

func TestInit_keepsTheFileThatIsThere(t *testing.T) {
	t.Parallel()
	there := map[string]string{"index.html": "x", "syntra.yaml": "service: mine\n"}
	dir, _, err := initialize(t, there)
	require.ErrorContains(t, err, "--force replaces it")
	file, err := source.Config(dir)
	require.NoError(t, err)
	require.Equal(t, "mine", file.Service)

	dir, printed, err := initialize(t, there, "--print")
	require.NoError(t, err)
	require.Contains(t, printed, "service: my-shop")
	file, err = source.Config(dir)
	require.NoError(t, err)
	require.Equal(t, "mine", file.Service)

	dir, _, err = initialize(t, there, "--force")
	require.NoError(t, err)
	file, err = source.Config(dir)
	require.NoError(t, err)
	require.Equal(t, "my-shop", file.Service)
}
