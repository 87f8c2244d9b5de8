// Package disk writes files that are either old or new after a crash, never in between.
package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Write replaces a file atomically with mode 0600, and returns when it is safe against a power cut.
func Write(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // 0600 by itself
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error is the one to tell
		}
	}()
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = SyncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// SyncDir makes renames and removals in a directory safe against a power cut.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Dir makes a directory that only the agent can read.
func Dir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	return nil
}

// damaged is the suffix of files that were set aside.
const damaged = ".damaged"

// SetAside moves a file that cannot be read out of the way: one bad file must not blind a server. It stays beside its
// old place for a person to look at. It returns what a person should know.
func SetAside(path string, why error) (problem string, err error) {
	if err := os.Rename(path, path+damaged); err != nil {
		return "", fmt.Errorf("%s cannot be read (%w) and not be set aside either: move it away", path, errors.Join(why, err))
	}
	return fmt.Sprintf("%s could not be read and was set aside as %s: %v", path, filepath.Base(path)+damaged, why), nil
}

// IsAside reports whether a file was set aside.
func IsAside(name string) bool { return strings.HasSuffix(name, damaged) }
