package clickhouse

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	official "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"
)

// supervisorEnv turns this test binary into a platform that starts an engine in the directory named and tells its pid.
const supervisorEnv = "SYNTRA_TEST_SUPERVISOR"

// The test binary is also the program that the supervisor starts.
func TestMain(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	switch {
	case os.Getenv(ChildEnv) != "":
		if err := ServeChild(ctx, slog.Default()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	case os.Getenv(supervisorEnv) != "":
		dir := os.Getenv(supervisorEnv)
		_ = os.Unsetenv(supervisorEnv)
		engine, err := Start(ctx, options(dir))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(engine.Pid())
		<-engine.Done()
		return
	}
	os.Exit(m.Run())
}

func options(dir string) StartOptions {
	library, err := Library(filepath.Join("..", "..", ".syntra", "engines"))
	if err != nil {
		panic(err)
	}
	return StartOptions{Command: []string{os.Args[0]}, Library: library, DataDir: dir, Memory: 1 << 30}
}

func start(t *testing.T) *Engine {
	t.Helper()
	engine, err := Start(context.Background(), options(t.TempDir()))
	require.NoError(t, err)
	t.Cleanup(engine.Stop)
	return engine
}

// client is the official client, as the platform uses it.
func client(t *testing.T, engine *Engine, change ...func(*official.Options)) driver.Conn {
	t.Helper()
	options, err := official.ParseDSN(engine.URL())
	require.NoError(t, err)
	require.Equal(t, official.HTTP, options.Protocol)
	for _, c := range change {
		c(options)
	}
	conn, err := official.Open(options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
