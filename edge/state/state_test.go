package state

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/edge/control"
)

func TestWhatIsSavedIsLoaded(t *testing.T) {
	t.Parallel()
	d, err := Open(filepath.Join(t.TempDir(), "edge"))
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	empty, err := d.LoadTable(log)
	require.NoError(t, err)
	require.Empty(t, empty.Services)
	require.Zero(t, d.LoadPorts())

	table := control.Table{Services: []control.Service{{ID: "svc_1", Hosts: []string{"a"}, Pools: []control.Pool{{Release: "r", Weight: 3, Endpoints: control.Local("h:1")}}}}}
	require.NoError(t, d.SaveTable(table))
	require.NoError(t, d.SavePorts(Ports{HTTP: "127.0.0.1:1"}))
	require.NoError(t, os.WriteFile(filepath.Join(string(d), tableFile+".new-123"), []byte("half"), 0o600)) // of a killed edge
	got, err := d.LoadTable(log)
	require.NoError(t, err)
	require.Equal(t, table, got)
	require.Equal(t, Ports{HTTP: "127.0.0.1:1"}, d.LoadPorts())

	info, err := os.Stat(filepath.Join(string(d), tableFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	files, err := os.ReadDir(string(d))
	require.NoError(t, err)
	require.Len(t, files, 2, "nothing temporary is left")
}

func TestAFileThatCannotBeReadIsNotTakenForCorrupt(t *testing.T) {
	t.Parallel()
	d, err := Open(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(string(d), tableFile), 0o700)) // a directory: reading fails for every user
	_, err = d.LoadTable(slog.New(slog.DiscardHandler))
	require.Error(t, err, "starting empty would drop a table that may be whole")
}

func TestOneStartsAtATime(t *testing.T) {
	t.Parallel()
	d, err := Open(t.TempDir())
	require.NoError(t, err)
	unlock, err := d.Lock(t.Context())
	require.NoError(t, err)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = d.Lock(short)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	unlock()
	unlock, err = d.Lock(t.Context())
	require.NoError(t, err)
	unlock()
}
