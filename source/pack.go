package source

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip" // twice as fast as the standard library's
)

// Packed says what Pack has written.
type Packed struct {
	Files int
	// Bytes of the files, before compression; ArchiveBytes after it.
	Bytes, ArchiveBytes int64
}

// Pack writes dir as a tar.gz: the same tree gives the same bytes. Left out are .git and what .gitignore, .syntraignore
// and .dockerignore say. Over a limit it fails with a *Refusal that names the largest folders.
func Pack(ctx context.Context, dir string, w io.Writer, limits Limits) (Packed, error) {
	ig, err := newIgnorer(dir, "Dockerfile", true)
	if err != nil {
		return Packed{}, fmt.Errorf("pack %s: %w", dir, err)
	}
	out := &countingWriter{w: w}
	// Somebody waits: the fastest level takes a third of the default's time for a tenth more bytes.
	zip, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return Packed{}, fmt.Errorf("pack %s: %w", dir, err)
	}
	p := &packer{limits: limits, sizes: map[string]int64{}}
	if err := p.pack(ctx, dir, ig, zip); err != nil {
		return Packed{}, err
	}
	if err := zip.Close(); err != nil {
		return Packed{}, fmt.Errorf("pack %s: %w", dir, err)
	}
	if limits.ArchiveBytes > 0 && out.n > limits.ArchiveBytes {
		return Packed{}, tooLarge("%s packs to %s, over the limit of %s%s", dir, megabytes(out.n), megabytes(limits.ArchiveBytes), p.largest())
	}
	return Packed{Files: p.files, Bytes: p.bytes, ArchiveBytes: out.n}, nil
}

// WriteDockerContext writes dir as an uncompressed tar for a Docker build: what its .dockerignore leaves.
func WriteDockerContext(ctx context.Context, dir, dockerfile string, w io.Writer) error {
	ig, err := newIgnorer(dir, dockerfile, false)
	if err != nil {
		return badSource("%v", err)
	}
	p := &packer{sizes: map[string]int64{}}
	return p.pack(ctx, dir, ig, w)
}

type packer struct {
	limits Limits
	files  int
	bytes  int64
	sizes  map[string]int64 // by top folder
}

func (p *packer) pack(ctx context.Context, dir string, ig *ignorer, w io.Writer) error {
	archive := tar.NewWriter(w)
	g := newGuard(p.limits)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		native, err := filepath.Rel(dir, path)
		if err != nil || native == "." {
			return err
		}
		rel := filepath.ToSlash(native)
		out, below, err := ig.ignored(rel, d.IsDir())
		switch {
		case err != nil:
			return err
		case out && d.IsDir() && below:
			return fs.SkipDir
		case out && d.IsDir():
			return nil
		case out:
			return nil
		}
		if d.IsDir() {
			if err := ig.enter(rel); err != nil {
				return err
			}
		}
		return p.add(archive, g, path, rel, d)
	})
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		return fmt.Errorf("pack %s: %w", dir, err)
	}
	return nil
}

func (p *packer) add(archive *tar.Writer, g *guard, path, rel string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	// The time is fixed, so that the same tree is the same archive and hits Docker's build cache.
	h := &tar.Header{Name: rel, Format: tar.FormatPAX, ModTime: time.Unix(0, 0), Mode: 0o644, Typeflag: tar.TypeReg, Size: info.Size()}
	switch t := info.Mode().Type(); {
	case t == fs.ModeDir:
		h.Typeflag, h.Name, h.Mode, h.Size = tar.TypeDir, rel+"/", 0o755, 0
	case t == fs.ModeSymlink:
		if h.Linkname, err = os.Readlink(path); err != nil {
			return err
		}
		h.Linkname = filepath.ToSlash(h.Linkname)
		h.Typeflag, h.Mode, h.Size = tar.TypeSymlink, 0o777, 0
	case t != 0:
		return nil // a socket or a device means nothing elsewhere
	case info.Mode()&0o111 != 0:
		h.Mode = 0o755
	}
	e, err := entryOf(h)
	if err == nil {
		err = g.add(e)
	}
	if err != nil {
		return p.explain(err)
	}
	if err := archive.WriteHeader(h); err != nil {
		return err
	}
	p.files++
	if h.Typeflag != tar.TypeReg {
		return nil
	}
	p.bytes += h.Size
	p.sizes[top(rel)] += h.Size
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	// A file that shrinks or grows meanwhile must not break the archive's frame.
	n, err := io.Copy(archive, io.LimitReader(f, h.Size))
	if err == nil && n < h.Size {
		err = fmt.Errorf("%s became shorter while it was read: try again", rel)
	}
	return err
}

func top(rel string) string {
	for i, c := range rel {
		if c == '/' {
			return rel[:i]
		}
	}
	return rel
}

// explain adds to a refusal for size where the bytes are.
func (p *packer) explain(err error) error {
	var r *Refusal
	if errors.As(err, &r) && r.domain.Code == tooLargeCode {
		return tooLarge("%s%s", r.Error(), p.largest())
	}
	return err
}

func (p *packer) largest() string {
	names := make([]string, 0, len(p.sizes))
	for name := range p.sizes {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return p.sizes[names[i]] > p.sizes[names[j]] })
	var list strings.Builder
	for i, name := range names {
		if i == 3 {
			break
		}
		fmt.Fprintf(&list, "; %s has %s", name, megabytes(p.sizes[name]))
	}
	return list.String()
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
