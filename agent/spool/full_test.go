//go:build linux

package spool_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// smallDisk is a file system of its own.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skip("a file system of its own takes root")
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// fillUp takes all space of the disk.
func fillUp(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "others"))
	require.NoError(t, err)
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4<<10))
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
}

func TestWhatTheHubHasMakesRoomOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "2m")
	dir := filepath.Join(disk, "spool")
	s := open(t, dir, 512<<10)
	fill(t, s, "svc", 0, 2000)
	before, err := filepath.Glob(filepath.Join(dir, "*.log"))
	require.NoError(t, err)
	require.Greater(t, len(before), 4)
	fillUp(t, disk)

	require.Len(t, drain(t, s, 500), 2000, "each acknowledgement succeeds")
	after, err := filepath.Glob(filepath.Join(dir, "*.log"))
	require.NoError(t, err)
	require.LessOrEqual(t, len(after), 2)

	fill(t, s, "svc", 2000, 2010)
	require.NoError(t, s.Close())
	s = open(t, dir, 512<<10)
	got := drain(t, s, 500)
	require.EqualValues(t, 2010, got[len(got)-1].Sequence)
	require.Equal(t, line("svc", 2009).At, s.Cursor("svc.1").At)
}
