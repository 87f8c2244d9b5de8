// Package e2e tells the users' stories over the real binaries, the real engines and a real browser.
package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/projections"
)

// shared is one platform for all stories that do not kill it.
var shared struct {
	once     sync.Once
	platform *harness.Platform
	err      error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if p := shared.platform; p != nil {
		if err := p.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		if left := harness.Leftovers(p.DataDir); len(left) > 0 {
			fmt.Fprintf(os.Stderr, "Ctrl-C left processes behind: %v\n", left)
			code = 1
		}
		p.Clean()
		_ = os.RemoveAll(p.DataDir)
	}
	os.Exit(code)
}

// story answers the shared platform and a context for one story.
func story(t *testing.T) (context.Context, *harness.Platform) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	shared.once.Do(func() {
		dir, err := os.MkdirTemp("", "syntra-e2e-")
		if err != nil {
			shared.err = err
			return
		}
		shared.platform, shared.err = harness.Start(ctx, harness.Options{DataDir: dir})
	})
	require.NoError(t, shared.err)
	return ctx, shared.platform
}

// own answers a platform that a story may kill.
func own(t *testing.T, o harness.Options) (context.Context, *harness.Platform) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	t.Cleanup(cancel)
	o.DataDir = filepath.Join(t.TempDir(), "data")
	p, err := harness.Start(ctx, o)
	require.NoError(t, err)
	t.Cleanup(p.Clean)
	return ctx, p
}

// program is a source of its own for the test.
func program(t *testing.T, version string, marks map[string]string) harness.Source {
	t.Helper()
	return harness.Source{Dir: filepath.Join(t.TempDir(), "source"), Version: version, Marks: marks}
}

// configure replaces a service's settings after change.
func configure(ctx context.Context, t *testing.T, p *harness.Platform, serviceID string, change func(*projections.Service)) {
	t.Helper()
	s, err := p.Service(ctx, serviceID)
	require.NoError(t, err)
	change(&s)
	require.NoError(t, p.Do(ctx, http.MethodPut, "/services/"+serviceID+"/config", s.Config, nil, "If-Match", fmt.Sprintf(`"%d"`, s.ConfigVersion)))
}
