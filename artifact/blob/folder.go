//go:build unix

package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// Folder keeps objects as files. Several processes may share it, also over a network file system whose renames are
// atomic and whose locks (flock) reach all of them.
type Folder struct{ dir string }

var _ Store = (*Folder)(nil)

// unfinished marks the file of an object that is being written.
const unfinished = ".part"

// OpenFolder uses a folder, and makes it where it is missing.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("artifact store: %w", err)
	}
	return &Folder{dir: dir}, nil
}

// identityFile holds the folder's identity. Objects lie one level deeper.
const identityFile = "identity"

// Identity implements Store.
func (f *Folder) Identity(context.Context) (string, error) {
	path := filepath.Join(f.dir, identityFile)
	temp, err := os.CreateTemp(f.dir, ".identity-")
	if err != nil {
		return "", fmt.Errorf("artifact store: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString(rand.Text())
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return "", fmt.Errorf("artifact store: %w", err)
	}
	// Whoever is first makes it.
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("artifact store: %w", err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("artifact store: %w", err)
	}
	return string(raw), nil
}

// partPattern keeps a name's parts from being a path.
var partPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

func (f *Folder) path(name Name) (string, error) {
	if !partPattern.MatchString(name.Organization) || !partPattern.MatchString(name.ID) {
		return "", fmt.Errorf("artifact store: %.60q of %.60q is no name of an object", name.ID, name.Organization)
	}
	return filepath.Join(f.dir, name.Organization, name.ID), nil
}

// Append implements Store.
func (f *Folder) Append(ctx context.Context, name Name, offset int64, r io.Reader) (int64, error) {
	path, err := f.path(name)
	if err != nil {
		return 0, err
	}
	flags := os.O_RDWR
	if offset == 0 {
		flags |= os.O_CREATE // further pieces belong to a file that is there
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return 0, fmt.Errorf("artifact store: %w", err)
		}
	}
	file, err := os.OpenFile(path+unfinished, flags, 0o600)
	if err != nil {
		return 0, said(err, "write", name)
	}
	n, err := appendTo(file, offset, contextReader{ctx, r})
	if closed := file.Close(); err == nil {
		err = closed
	}
	return n, said(err, "write", name)
}

func appendTo(file *os.File, offset int64, r io.Reader) (int64, error) {
	if err := lock(file); err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() < offset {
		return 0, fmt.Errorf("it ends at %d, before %d", info.Size(), offset)
	}
	if err := file.Truncate(offset); err != nil {
		return 0, err
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	return io.Copy(file, r)
}

// lock holds a file until it is closed. An append that finds the file finished meanwhile finds it renamed too.
func lock(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrBusy
	}
	if err != nil {
		return err
	}
	var held, named syscall.Stat_t
	if err := syscall.Fstat(int(file.Fd()), &held); err != nil {
		return err
	}
	if err := syscall.Stat(file.Name(), &named); err != nil || held.Ino != named.Ino {
		return ErrBusy
	}
	return nil
}

// Finish implements Store.
func (f *Folder) Finish(_ context.Context, name Name, size int64) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path+unfinished, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		info, err := os.Stat(path)
		if err == nil && info.Size() != size {
			err = fmt.Errorf("it has %d bytes and should have %d", info.Size(), size)
		}
		return said(err, "finish", name)
	}
	if err != nil {
		return said(err, "finish", name)
	}
	defer file.Close()
	if err := lock(file); err != nil {
		return said(err, "finish", name)
	}
	if info, err := file.Stat(); err != nil || info.Size() < size {
		return said(errors.Join(err, fmt.Errorf("it has not the %d bytes that it should have", size)), "finish", name)
	}
	// A piece whose end was never told may lie behind.
	err = file.Truncate(size)
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(path+unfinished, path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	return said(err, "finish", name)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Open implements Store.
func (f *Folder) Open(_ context.Context, name Name, offset int64) (io.ReadCloser, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		file, err = os.Open(path + unfinished)
	}
	if err != nil {
		return nil, said(err, "open", name)
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, said(errors.Join(err, file.Close()), "open", name)
	}
	return file, nil
}

// Delete implements Store.
func (f *Folder) Delete(_ context.Context, name Name) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	for _, file := range []string{path + unfinished, path} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return said(err, "delete", name)
		}
	}
	return nil
}

// Objects implements Store. What is no object of ours is passed over.
func (f *Folder) Objects(ctx context.Context) iter.Seq2[Name, error] {
	return func(yield func(Name, error) bool) {
		err := filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // deleted meanwhile
			}
			if err != nil || d.IsDir() {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			name := Name{filepath.Base(filepath.Dir(path)), strings.TrimSuffix(d.Name(), unfinished)}
			if made, err := f.path(name); err != nil || strings.TrimSuffix(path, unfinished) != made {
				return nil //nolint:nilerr // somebody else's file
			}
			if !yield(name, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(Name{}, fmt.Errorf("artifact store: list: %w", err))
		}
	}
}

func said(err error, what string, name Name) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotFound
	}
	return fmt.Errorf("artifact store: %s %s of %s: %w", what, name.ID, name.Organization, err)
}

// contextReader ends with its context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
