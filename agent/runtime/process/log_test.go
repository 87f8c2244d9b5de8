//go:build linux

package process

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
)

func dead() bool { return false }

func readAll(t *testing.T, dir string, since time.Time) []runtime.Line {
	t.Helper()
	var lines []runtime.Line
	require.NoError(t, followLog(t.Context(), dir, since, dead, func(l runtime.Line) { lines = append(lines, l) }))
	return lines
}

func write(t *testing.T, w *logWriter, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		require.NoError(t, w.append(n%2 == 1, [][]byte{fmt.Appendf(nil, "%s %d", strings.Repeat("x", 100), n)}))
	}
}

func TestLog_resumesAtEveryLineExactly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w, err := openLog(dir, 1<<20)
	require.NoError(t, err)
	write(t, w, 0, 50)
	all := readAll(t, dir, time.Time{})
	require.Len(t, all, 50)
	for n := range all {
		require.Equal(t, all[n+1:], append([]runtime.Line{}, readAll(t, dir, all[n].At)...))
		require.Equal(t, n%2 == 1, all[n].Stderr)
	}
}

func TestLog_tellsWhatRotationDropped(t *testing.T) {
	t.Parallel()
	const count = 2000
	dir := t.TempDir()
	w, err := openLog(dir, 40_000) // of about 300,000
	require.NoError(t, err)
	write(t, w, 0, 100)
	half := readAll(t, dir, time.Time{})
	seen := half[49].At
	write(t, w, 100, count)

	for name, c := range map[string]struct {
		since time.Time
		from  int
	}{"from the beginning": {time.Time{}, 0}, "from a line that is gone": {seen, 50}} {
		lines := readAll(t, dir, c.since)
		require.NotZero(t, lines[0].Lost, name)
		require.Empty(t, lines[0].Text)
		held := len(lines) - 1
		require.Less(t, held, count/2)
		require.InDelta(t, count-c.from-held, lines[0].Lost, 40, name)
		require.True(t, strings.HasSuffix(lines[1].Text, fmt.Sprintf(" %d", count-held)), "%s: %s", name, lines[1].Text)
		require.Equal(t, lines[1:], readAll(t, dir, lines[0].At), "who resumes after the gap misses nothing")
	}
	require.Empty(t, readAll(t, dir, time.Now()), "who has seen all misses nothing")
	size := int64(0)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		size += info.Size()
	}
	require.Less(t, size, int64(60_000), "the log is bounded")
}

func TestLog_followerReadsThroughRotation(t *testing.T) {
	t.Parallel()
	const count = 3000
	dir := t.TempDir()
	w, err := openLog(dir, 100_000)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	next := 0
	ended := make(chan error, 1)
	step := make(chan struct{})
	go func() {
		ended <- followLog(ctx, dir, time.Time{}, func() bool { return true }, func(l runtime.Line) {
			if l.Lost > 0 {
				next += l.Lost
				return
			}
			if !strings.HasSuffix(l.Text, fmt.Sprintf(" %d", next)) {
				t.Errorf("line %d is %s", next, l.Text)
			}
			next++
			if next%500 == 0 {
				step <- struct{}{}
			}
			if next == count {
				cancel()
			}
		})
	}()
	for n := 0; n < count; n += 500 { // never so far ahead that a line is dropped
		write(t, w, n, n+500)
		<-step
	}
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Equal(t, count, next)
}

func TestLog_continuesAfterACrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w, err := openLog(dir, 1<<20)
	require.NoError(t, err)
	write(t, w, 0, 10)
	list, err := listSegments(dir)
	require.NoError(t, err)
	f, err := os.OpenFile(list[0].path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("11 1234 o torn in the mid")
	require.NoError(t, err)
	require.NoError(t, f.Close())

	w, err = openLog(dir, 1<<20)
	require.NoError(t, err)
	write(t, w, 10, 20)
	lines := readAll(t, dir, time.Time{})
	require.Len(t, lines, 20)
	for n, l := range lines {
		require.True(t, strings.HasSuffix(l.Text, fmt.Sprintf(" %d", n)))
		require.Zero(t, l.Lost)
		require.True(t, n == 0 || l.At.After(lines[n-1].At))
	}
}

func TestLog_linesThatTheDiskRefusedAreAGap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w, err := openLog(dir, 1<<20)
	require.NoError(t, err)
	write(t, w, 0, 1)
	good := w.file
	w.file, err = os.Open(filepath.Join(dir, filepath.Base(good.Name()))) // read only: writing fails, as on a full disk
	require.NoError(t, err)
	require.Error(t, w.append(false, [][]byte{[]byte("a"), []byte("b"), []byte("c")}))
	w.file = good
	write(t, w, 1, 2)
	lines := readAll(t, dir, time.Time{})
	require.Len(t, lines, 3)
	require.Equal(t, 3, lines[1].Lost)
}
