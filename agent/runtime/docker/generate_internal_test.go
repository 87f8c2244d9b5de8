package docker

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
)

func TestASourceWithoutADockerfileIsBuiltByAGeneratedOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module x\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o600))
	var out bytes.Buffer
	spec := runtime.BuildSpec{Dir: dir}
	log := runtime.NewBuildLog(&out, spec)
	name, done, err := generate(spec, log)
	require.NoError(t, err)
	log.Flush()
	require.Contains(t, out.String(), "FROM golang:1 AS build", "the log shows it")
	made, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	require.Contains(t, string(made), "USER 1000:1000")
	require.FileExists(t, filepath.Join(dir, name+".dockerignore"))
	done()
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2, "the source is as it was")
}
