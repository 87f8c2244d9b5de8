// Package clickhousetest gives tests a real ClickHouse: the embedded engine, one per test binary, with a database for each
// test.
//
//	func TestMain(m *testing.M) { clickhousetest.Main(m) }
//	func TestX(t *testing.T)    { url := clickhousetest.URL(t) }
package clickhousetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	official "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/syntra-dev/syntra/dev/clickhouse"
)

var shared struct {
	once   sync.Once
	dir    string
	engine *clickhouse.Engine
	err    error
}

// Main is the TestMain of a package that uses URL or Start: the test binary is also the engine's process.
func Main(m *testing.M) {
	if os.Getenv(clickhouse.ChildEnv) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := clickhouse.ServeChild(ctx, slog.Default()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if shared.engine != nil {
		shared.engine.Stop()
	}
	if shared.dir != "" {
		_ = os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// URL returns the address of a fresh database on the package's engine, which goes when the test ends.
func URL(t testing.TB) string {
	t.Helper()
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "syntra-clickhouse-"); shared.err == nil {
			shared.engine, shared.err = start(shared.dir)
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	database := "test_" + strings.ToLower(rand.Text())
	t.Cleanup(func() { drop(t, database) })
	return shared.engine.URL() + "/" + database
}

// Start starts an engine for this test alone, to be killed for example.
func Start(t testing.TB) *clickhouse.Engine {
	t.Helper()
	engine, err := start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Stop)
	return engine
}

func drop(t testing.TB, database string) {
	options, err := official.ParseDSN(shared.engine.URL())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := official.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Exec(context.Background(), "DROP DATABASE IF EXISTS "+database); err != nil {
		t.Error(err)
	}
}

func start(dir string) (*clickhouse.Engine, error) {
	root, err := repository()
	if err != nil {
		return nil, err
	}
	library, err := clickhouse.Library(filepath.Join(root, ".syntra", "engines"))
	if err != nil {
		return nil, err
	}
	return clickhouse.Start(context.Background(), clickhouse.StartOptions{
		Command: []string{os.Args[0]}, Library: library, DataDir: dir, Memory: 1 << 30,
	})
}

// repository finds the directory with go.mod above the package under test.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the test's directory")
		}
		dir = parent
	}
}
