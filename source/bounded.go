package source

import (
	"errors"
	"io"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// errPackTooLarge ends a fetch of more than was allowed.
var errPackTooLarge = errors.New("the pack is too large")

// bounded is a bare repository's storage that takes at most so many bytes of packs: a remote says how much it sends only
// by sending it.
type bounded struct {
	*filesystem.Storage
	left int64
}

// newBounded makes the storage of a bare repository in dir. limit is in bytes; 0 is unbounded.
func newBounded(dir string, limit int64) *bounded {
	if limit == 0 {
		limit = 1<<63 - 1
	}
	return &bounded{filesystem.NewStorage(osfs.New(dir), cache.NewObjectLRUDefault()), limit}
}

// PackfileWriter implements storer.PackfileWriter.
func (b *bounded) PackfileWriter() (io.WriteCloser, error) {
	w, err := b.Storage.PackfileWriter()
	if err != nil {
		return nil, err
	}
	return &boundedWriter{w, b}, nil
}

type boundedWriter struct {
	io.WriteCloser
	of *bounded
}

// Write implements io.Writer.
func (w *boundedWriter) Write(p []byte) (int, error) {
	if w.of.left -= int64(len(p)); w.of.left < 0 {
		return 0, errPackTooLarge
	}
	return w.WriteCloser.Write(p)
}
