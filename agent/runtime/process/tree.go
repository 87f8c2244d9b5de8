//go:build linux

package process

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// walk visits a tree in lexical order; sockets and devices are left out.
func walk(ctx context.Context, root string, visit func(rel, path string, info fs.FileInfo) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if t := info.Mode().Type(); t != 0 && t != fs.ModeDir && t != fs.ModeSymlink {
			return nil
		}
		return visit(rel, path, info)
	})
}

// copyTree copies from to to, which must not exist. Links are copied as links.
func copyTree(ctx context.Context, from, to string) error {
	return walk(ctx, from, func(rel, path string, info fs.FileInfo) error {
		target := filepath.Join(to, rel)
		switch {
		case info.IsDir():
			return os.Mkdir(target, info.Mode().Perm()|0o700)
		case info.Mode().Type() == fs.ModeSymlink:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		}
		return copyFile(path, target, info.Mode().Perm())
	})
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err != nil { // copy_file_range: shares the blocks where the file system can
		_ = out.Close()
		return err
	}
	return out.Close()
}

// sizeOf sums the files' bytes.
func sizeOf(ctx context.Context, root string) (sum int64, err error) {
	err = walk(ctx, root, func(_, _ string, info fs.FileInfo) error {
		if info.Mode().IsRegular() {
			sum += info.Size()
		}
		return nil
	})
	return sum, err
}

// hashTree is the digest of names, kinds, executable bits and contents, and of how to run it.
func hashTree(ctx context.Context, root, run string) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "syntra-tree-1\x00%d\x00%s", len(run), run)
	err := walk(ctx, root, func(rel, path string, info fs.FileInfo) error {
		switch {
		case info.IsDir():
			fmt.Fprintf(h, "d%d\x00%s", len(rel), rel)
		case info.Mode().Type() == fs.ModeSymlink:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(h, "l%d\x00%s%d\x00%s", len(rel), rel, len(link), link)
		default:
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			fmt.Fprintf(h, "f%d\x00%s%t%d\x00", len(rel), rel, info.Mode().Perm()&0o111 != 0, info.Size())
			n, err := io.Copy(h, f)
			if err == nil && n != info.Size() {
				err = fmt.Errorf("%s changed while it was read", rel)
			}
			return err
		}
		return nil
	})
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), err
}
