//go:build linux

package process

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// reserve is what a copy leaves free, in bytes: logs, state and the agent's own files need some.
const reserve = 32 << 20

// mustFit fails with runtime.CodeDiskFull where a copy of so many bytes would fill the disk. What for says so in the error.
func mustFit(dir, what string, size int64) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("look for space in %s: %w", dir, err)
	}
	free := int64(fs.Bavail) * fs.Bsize
	if free >= size+reserve {
		return nil
	}
	return &runtime.Error{Code: runtime.CodeDiskFull, Message: fmt.Sprintf(
		"the server's disk is full: %s takes %d MB, and %d MB of the %d MB that are free stay in reserve: make room on the server "+
			"(files of Syntra are in %s), run fewer replicas, or leave out what the program does not need",
		what, size>>20+1, int64(reserve)>>20, free>>20, dir)}
}

// copyFits is copyTree, but for a tree that would fill the disk.
func copyFits(ctx context.Context, from, to, dir, what string) error {
	size, err := sizeOf(ctx, from)
	if err == nil {
		err = mustFit(dir, what, size)
	}
	if err != nil {
		return err
	}
	return copyTree(ctx, from, to)
}
