package journal_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/journal"
	"github.com/syntra-dev/syntra/agent/wire"
)

func open(t *testing.T, dir string, now *time.Time) *journal.Journal {
	t.Helper()
	j, err := journal.Open(dir, func() time.Time { return *now })
	require.NoError(t, err)
	return j
}

// Each case tells what a command that comes again finds, before and after a crash.
func TestACommandThatComesAgainFindsItsFirstTry(t *testing.T) {
	t.Parallel()
	const id = "dep_1/../../start"
	done := wire.Result{ID: id, Data: json.RawMessage(`{"x":1}`)}
	for name, c := range map[string]struct {
		given func(*testing.T, *journal.Journal)
		known bool
		state journal.State
	}{
		"accepted only": {func(t *testing.T, j *journal.Journal) {}, true, journal.Accepted},
		"running":       {func(t *testing.T, j *journal.Journal) { require.NoError(t, j.Start(id)) }, true, journal.Running},
		"done": {func(t *testing.T, j *journal.Journal) {
			require.NoError(t, j.Start(id))
			require.NoError(t, j.Finish(done))
		}, true, journal.Done},
		"forgotten": {func(t *testing.T, j *journal.Journal) {
			require.NoError(t, j.Finish(done))
			require.NoError(t, j.Forget(id))
		}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now, dir := time.Unix(1000, 0), t.TempDir()
			j := open(t, dir, &now)
			_, known, err := j.Accept(id, wire.KindStart)
			require.NoError(t, err)
			require.False(t, known)
			c.given(t, j)
			for _, j := range []*journal.Journal{j, open(t, dir, &now)} {
				before, known, err := j.Accept(id, wire.KindStart)
				require.NoError(t, err)
				require.Equal(t, c.known, known)
				if known {
					require.Equal(t, c.state, before.State)
				}
				if c.state == journal.Done {
					require.JSONEq(t, `{"x":1}`, string(before.Result.Data))
				}
				if !known {
					require.NoError(t, j.Forget(id))
				}
			}
		})
	}
}

func TestOutcomesAreRepeatedUntilTheyAreAcknowledged(t *testing.T) {
	t.Parallel()
	now, dir := time.Unix(1000, 0), t.TempDir()
	j := open(t, dir, &now)
	for _, id := range []string{"b", "a", "c"} {
		now = now.Add(time.Second)
		require.NoError(t, j.Finish(wire.Result{ID: id}))
	}
	require.NoError(t, j.Ack("a"))
	require.NoError(t, j.Ack("never heard of"))
	j = open(t, dir, &now)
	require.Equal(t, []wire.Result{{ID: "b"}, {ID: "c"}}, j.Unacked(10))
	require.Equal(t, []wire.Result{{ID: "b"}}, j.Unacked(1), "the oldest first")
}

func TestOldEntriesExpire(t *testing.T) {
	t.Parallel()
	now, dir := time.Unix(1000, 0), t.TempDir()
	j := open(t, dir, &now)
	require.NoError(t, j.Finish(wire.Result{ID: "old"}))
	now = now.Add(24*time.Hour + time.Second)
	require.NoError(t, j.Finish(wire.Result{ID: "new"}))
	require.NoError(t, j.Expire(24*time.Hour))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.Equal(t, []wire.Result{{ID: "new"}}, open(t, dir, &now).Unacked(10))
}

func TestHalfWrittenFilesAreSweptAndDamagedOnesSetAside(t *testing.T) {
	t.Parallel()
	now, dir := time.Unix(1000, 0), t.TempDir()
	half := filepath.Join(dir, ".x.json.123")
	require.NoError(t, os.WriteFile(half, []byte("{"), 0o600))
	j := open(t, dir, &now)
	require.NoFileExists(t, half)
	require.Empty(t, j.Problems)
	require.NoError(t, j.Finish(wire.Result{ID: "good"}))

	for name, content := range map[string]string{"cut": "{", "empty": "", "nameless": "{}"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".json"), []byte(content), 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder.json"), 0o700))
	j = open(t, dir, &now)
	require.Len(t, j.Problems, 4)
	require.ErrorContains(t, errors.New(strings.Join(j.Problems, "\n")), "cut.json could not be read and was set aside")
	require.Equal(t, []wire.Result{{ID: "good"}}, j.Unacked(10), "the others are read")

	j = open(t, dir, &now)
	require.Empty(t, j.Problems, "they are told once")
	require.FileExists(t, filepath.Join(dir, "cut.json.damaged"), "and kept for a person to look at")
}
