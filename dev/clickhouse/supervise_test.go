package clickhouse

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func alive(pid int) bool {
	// A process that has ended but was not reaped yet still has a pid.
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return state[0] != 'Z'
}

func TestKilledEngineComesBackWithItsRows(t *testing.T) {
	t.Parallel()
	engine := start(t)
	ctx := bounded(t)
	conn := client(t, engine)
	require.NoError(t, conn.Exec(ctx, "CREATE TABLE kept (n UInt64) ENGINE = MergeTree ORDER BY n"))
	require.NoError(t, conn.Exec(ctx, "INSERT INTO kept SELECT number FROM numbers(300000)"))
	first, url := engine.Pid(), engine.URL()

	require.NoError(t, syscall.Kill(first, syscall.SIGKILL))

	require.Eventually(t, func() bool { pid := engine.Pid(); return pid != 0 && pid != first }, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, url, engine.URL())
	require.Eventually(t, func() bool { return engine.Healthy(ctx) == nil }, 20*time.Second, 10*time.Millisecond)
	var count uint64
	require.NoError(t, client(t, engine).QueryRow(ctx, "SELECT count() FROM kept").Scan(&count))
	require.EqualValues(t, 300_000, count)
}

// kill -9 of the platform leaves no engine behind, so that the next platform finds the directory free.
func TestEngineDiesWithItsSupervisor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	platform := exec.Command(os.Args[0])
	platform.Env = append(os.Environ(), supervisorEnv+"="+dir)
	platform.Stderr = os.Stderr
	out, err := platform.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, platform.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	child, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.True(t, alive(child))

	require.NoError(t, platform.Process.Kill())
	_ = platform.Wait()

	require.Eventually(t, func() bool { return !alive(child) }, 20*time.Second, 10*time.Millisecond)
	next, err := Start(context.Background(), options(dir))
	require.NoError(t, err)
	next.Stop()
}

func TestStopIsGracefulAndLeavesNothing(t *testing.T) {
	t.Parallel()
	engine, err := Start(context.Background(), options(t.TempDir()))
	require.NoError(t, err)
	child := engine.Pid()
	engine.Stop()
	require.False(t, alive(child))
	_, err = net.Dial("tcp", engine.Address())
	require.Error(t, err)
}

func TestDirectoryBelongsToOneProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	unlock, err := lock(bounded(t), dir)
	require.NoError(t, err)
	defer unlock()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err = Serve(ctx, FrontOptions{DataDir: dir, Listen: "127.0.0.1:0"})
	require.ErrorContains(t, err, "in use by process "+strconv.Itoa(os.Getpid()))
}

func TestServesLoopbackOnly(t *testing.T) {
	t.Parallel()
	err := Serve(context.Background(), FrontOptions{DataDir: t.TempDir(), Listen: "0.0.0.0:0"})
	require.ErrorContains(t, err, "not a loopback address")
}

func TestStartTellsWhyTheEngineDoesNot(t *testing.T) {
	t.Parallel()
	o := options(t.TempDir())
	o.Library = filepath.Join(t.TempDir(), "missing.so")
	_, err := Start(context.Background(), o)
	require.ErrorContains(t, err, "missing.so")
}

func TestLeftOverFilesAreRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	incoming := filepath.Join(dir, "incoming")
	require.NoError(t, os.MkdirAll(incoming, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(incoming, "insert-1"), []byte("x"), 0o600))
	engine, err := Start(context.Background(), options(dir))
	require.NoError(t, err)
	defer engine.Stop()
	entries, err := os.ReadDir(incoming)
	require.NoError(t, err)
	require.Empty(t, entries)
}
