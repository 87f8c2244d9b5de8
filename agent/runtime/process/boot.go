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

// safeFile says that an instance's copy of its artifact is on the disk.
const safeFile = "app.safe"

// makeSafe flushes an instance's copy, beside its start: a flush may take long on a busy disk.
func (r *Runtime) makeSafe(name, dir string) {
	r.flushes.Add(1)
	go func() {
		defer r.flushes.Done()
		err := flush(dir)
		defer r.named(name)()
		if err == nil && exists(filepath.Join(dir, appFolder)) {
			err = os.WriteFile(filepath.Join(dir, safeFile), nil, 0o600)
		}
		if err != nil {
			r.logger.Warn("a replica's files are copied again after a restart of the host", "replica", name, "error", err)
		}
	}()
}

// whole reports whether an instance has its copy, and no power cut can have torn it.
func (r *Runtime) whole(dir string) bool {
	if !exists(filepath.Join(dir, appFolder)) {
		return false
	}
	_, st, err := load(dir)
	return exists(filepath.Join(dir, safeFile)) || err == nil && st.Boot != "" && st.Boot == thisBoot()
}

func removeFile(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
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
