//go:build linux

package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// bootFile holds the id of the host's run in which the folder was last opened.
const bootFile = "boot"

// thisBoot is the id of this run of the host; "" where the kernel does not tell.
var thisBoot = sync.OnceValue(func() string {
	raw, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // without it every look is made
	return string(bytes.TrimSpace(raw))
})

// afterBoot removes artifacts that are not whole, if the host was started anew since the last Open: the power may have
// failed while they were written.
func (r *Runtime) afterBoot() error {
	file := filepath.Join(r.opts.Dir, bootFile)
	last, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if boot := thisBoot(); boot != "" && string(last) == boot {
		return nil
	}
	digests, err := r.Artifacts(context.Background())
	if err != nil {
		return err
	}
	for _, digest := range digests {
		if err := r.dropTorn(digest); err != nil {
			return err
		}
	}
	return writeAtomic(file, []byte(thisBoot()))
}

// dropTorn removes an artifact whose tree is not what its manifest says, so that it is built or pulled again.
func (r *Runtime) dropTorn(digest string) error {
	m, err := r.artifact(digest)
	size := int64(-1)
	if err == nil {
		size, err = sizeOf(context.Background(), r.treeOf(digest))
	}
	if err == nil && size == m.Size {
		return nil
	}
	r.logger.Error("an artifact is not whole after the host's restart and is removed", "digest", digest, "bytes", size,
		"should_be", m.Size, "error", err)
	return os.RemoveAll(r.artifactDir(digest))
}

// flush writes what is below a folder to the disk, with all else on its file system: one call for a tree of many files.
func flush(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.Syncfs(int(d.Fd())); err != nil {
		return fmt.Errorf("flush %s: %w", dir, err)
	}
	return nil
}
