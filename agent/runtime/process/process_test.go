//go:build linux

package process_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/runtime/process"
	"github.com/syntra-dev/syntra/agent/runtime/runtimetest"
)

// The test binary is its own shim and its own static file server, as syntra is.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 {
		switch os.Args[1] {
		case "process-shim":
			os.Exit(process.RunShim(os.Args[2:]))
		case "static":
			port, _ := strconv.Atoi(os.Getenv("PORT"))
			if err := process.ServeStatic(os.Args[2], os.Args[3], port); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

const settle = time.Second

func options(t testing.TB) process.Options {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return process.Options{
		Dir: filepath.Join(t.TempDir(), "data"), Shim: []string{self, "process-shim"}, StaticServer: []string{self, "static"}, Settle: settle,
		PruneAge: time.Nanosecond,
	}
}

func open(t testing.TB, opts process.Options) *process.Runtime {
	t.Helper()
	r, err := process.Open(opts)
	require.NoError(t, err)
	return r
}

func TestProcess_conforms(t *testing.T) {
	t.Parallel()
	opts := options(t)
	runtimetest.Exercise(t, runtimetest.Setup{
		Open:   func(t *testing.T) runtime.Runtime { return open(t, opts) },
		Settle: settle, Source: runtimetest.ProcessSource, App: "./app", Root: ".", OOM: true,
	})
}
