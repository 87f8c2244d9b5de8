package source

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"os"
	"path"
)

// Check reads a tar.gz to its end and refuses (with a *Refusal) what Unpack would refuse.
func Check(r io.Reader, limits Limits) error {
	return read(context.Background(), r, limits, func(entry, io.Reader) error { return nil })
}

// Unpack lays a tar.gz into dir, which must exist and should be empty. Nothing is written outside dir, whatever the archive
// says; after an error dir holds a part. Owners and times are not taken over.
func Unpack(ctx context.Context, r io.Reader, dir string, limits Limits) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("unpack the source: %w", err)
	}
	defer root.Close()
	return read(ctx, r, limits, func(e entry, content io.Reader) error {
		if err := lay(root, e, content); err != nil {
			return cause(err, "it is cut off: %v")
		}
		return nil
	})
}

// lay writes one checked entry.
func lay(root *os.Root, e entry, content io.Reader) error {
	if parent := path.Dir(e.name); parent != "." {
		if err := root.MkdirAll(parent, 0o755); err != nil {
			return &readError{fmt.Errorf("unpack the source: %w", err)}
		}
	}
	var err error
	switch e.kind {
	case tar.TypeDir:
		err = root.MkdirAll(e.name, 0o755)
	case tar.TypeSymlink:
		err = root.Symlink(e.link, e.name)
	case tar.TypeLink:
		err = root.Link(e.link, e.name)
	case tar.TypeReg:
		return layFile(root, e, content)
	}
	if err != nil {
		return &readError{fmt.Errorf("unpack the source: %w", err)}
	}
	return nil
}

func layFile(root *os.Root, e entry, content io.Reader) error {
	mode := os.FileMode(0o644)
	if e.mode&0o111 != 0 {
		mode = 0o755
	}
	f, err := root.OpenFile(e.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return &readError{fmt.Errorf("unpack the source: %w", err)}
	}
	if _, err = io.Copy(f, content); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return &readError{fmt.Errorf("unpack the source: %w", err)}
	}
	return nil
}
