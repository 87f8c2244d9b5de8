package source

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip" // twice as fast as the standard library's
)

// entry is one checked member of an archive: its name is clean, relative and stays inside, and so does its link.
type entry struct {
	name string
	kind byte // tar.TypeDir, TypeReg, TypeSymlink, TypeLink
	mode fs.FileMode
	size int64
	link string
}

// guard accepts the entries of one archive (or tree) in turn. What it lets through can be laid into a folder without ever
// leaving it, now or when a later reader follows the links.
type guard struct {
	limits Limits
	kinds  map[string]byte
	bytes  int64
}

func newGuard(limits Limits) *guard { return &guard{limits: limits, kinds: map[string]byte{}} }

const (
	maxName  = 1024
	maxDepth = 100
)

// add checks the next entry. Folders above it that the archive does not name are taken as named.
func (g *guard) add(e entry) error {
	if g.limits.Files > 0 && len(g.kinds) >= g.limits.Files {
		return tooLarge("the source has more than %d files and folders: leave out what the build does not need (.gitignore, .syntraignore)", g.limits.Files)
	}
	for dir := path.Dir(e.name); dir != "."; dir = path.Dir(dir) {
		// A link on the way would lead elsewhere than the name says.
		if kind, ok := g.kinds[dir]; ok && kind != tar.TypeDir {
			return badArchive("%q lies below %q, which is not a folder", e.name, dir)
		}
		g.kinds[dir] = tar.TypeDir
	}
	if kind, ok := g.kinds[e.name]; ok && (kind != tar.TypeDir || e.kind != tar.TypeDir) {
		return badArchive("%q is there twice", e.name)
	}
	switch e.kind {
	case tar.TypeSymlink:
		if err := checkLink(e.name, e.link); err != nil {
			return err
		}
	case tar.TypeLink:
		if g.kinds[e.link] != tar.TypeReg {
			return badArchive("%q is a hard link to %q, which is not a file before it", e.name, e.link)
		}
	case tar.TypeReg:
		g.bytes += e.size
		if g.limits.Bytes > 0 && g.bytes > g.limits.Bytes {
			return tooLarge("the source unpacks to more than %s: leave out what the build does not need (.gitignore, .syntraignore)", megabytes(g.limits.Bytes))
		}
	}
	g.kinds[e.name] = e.kind
	if e.kind == tar.TypeLink {
		g.kinds[e.name] = tar.TypeReg
	}
	return nil
}

// checkName refuses names that are absolute or not in their shortest form, apart from a leading "./" and a trailing "/".
func checkName(name string) (string, error) {
	clean := strings.TrimSuffix(strings.TrimPrefix(name, "./"), "/")
	switch {
	case clean == "" || clean == ".":
		return ".", nil
	case len(clean) > maxName || strings.Count(clean, "/") >= maxDepth:
		return "", badArchive("a name is too long: %.80q…", clean)
	case strings.ContainsAny(clean, "\x00\\"):
		return "", badArchive("the name %q holds a backslash or a zero byte", clean)
	case path.IsAbs(clean) || clean != path.Clean(clean) || clean == ".." || strings.HasPrefix(clean, "../"):
		return "", badArchive("the name %q leaves the source: use relative names without ..", name)
	}
	for part := range strings.SplitSeq(clean, "/") {
		if strings.EqualFold(part, ".git") {
			return "", badArchive("%q belongs to a Git folder: leave .git out", name)
		}
	}
	return clean, nil
}

// checkLink lets a symbolic link climb only at its beginning and no higher than the source's root. A ".." after a name
// could climb from wherever that name, if it is a link itself, leads.
func checkLink(name, target string) error {
	depth := strings.Count(name, "/")
	climbing := true
	if target == "" || len(target) > maxName || path.IsAbs(target) || strings.ContainsAny(target, "\x00\\") {
		return badArchive("the link %q leads to %q: links must be relative and stay inside the source", name, target)
	}
	for part := range strings.SplitSeq(target, "/") {
		switch {
		case part == "" || part == ".":
		case part != "..":
			climbing = false
		case !climbing || depth == 0:
			return badArchive("the link %q leads to %q: links must be relative and stay inside the source", name, target)
		default:
			depth--
		}
	}
	return nil
}

// read walks a tar.gz, calling each for every checked entry. Nothing but files, folders and links is taken.
func read(ctx context.Context, r io.Reader, limits Limits, each func(e entry, content io.Reader) error) error {
	counted := &meter{ctx: ctx, r: r, outside: true, left: limits.ArchiveBytes, limited: limits.ArchiveBytes > 0}
	zip, err := gzip.NewReader(counted)
	if err != nil {
		return cause(err, "it is not gzip: %v")
	}
	defer zip.Close()
	// The tar reader keeps long names and extended headers in memory only within limits of its own; what a bomb
	// unpacks to besides the files' content (headers, padding) is bounded here.
	room := int64(0)
	if limits.Bytes > 0 && limits.Files > 0 {
		room = limits.Bytes + int64(limits.Files)*4096
	}
	unpacked := &meter{ctx: ctx, r: zip, left: room, limited: room > 0}
	archive := tar.NewReader(unpacked)
	g := newGuard(limits)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return cause(err, "it is not a readable tar: %v")
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue // `git archive` writes one
		}
		e, err := entryOf(h)
		if err != nil {
			return err
		}
		if e.name == "." {
			continue
		}
		if err := g.add(e); err != nil {
			return err
		}
		if err := each(e, archive); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, archive); err != nil { //nolint:gosec // bounded by unpacked
			return cause(err, "it is cut off: %v")
		}
	}
	// The rest must be read for the checksum at the end of the gzip stream.
	if _, err := io.Copy(io.Discard, unpacked); err != nil {
		return cause(err, "it is damaged: %v")
	}
	return nil
}

func entryOf(h *tar.Header) (entry, error) {
	name, err := checkName(h.Name)
	if err != nil {
		return entry{}, err
	}
	e := entry{name: name, kind: h.Typeflag, mode: fs.FileMode(h.Mode) & 0o777, size: h.Size, link: h.Linkname}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir, tar.TypeSymlink:
	case tar.TypeLink:
		if e.link, err = checkName(h.Linkname); err != nil {
			return e, err
		}
	default:
		return e, badArchive("%q is neither a file, a folder nor a link", name)
	}
	if e.name == "." && e.kind != tar.TypeDir {
		return e, badArchive("its root is not a folder")
	}
	return e, nil
}

// cause keeps refusals and cancellation as they are, and takes every other reading error as a damaged archive.
func cause(err error, format string) error {
	var refusal *Refusal
	var reading *readError
	switch {
	case errors.As(err, &refusal), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &reading):
		return reading.err
	}
	return badArchive(format, err)
}

// readError marks a failure of the stream under the archive, which is not the archive's fault.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// meter ends reading with ctx, and with a refusal over its limit.
type meter struct {
	ctx     context.Context
	r       io.Reader
	left    int64
	limited bool
	outside bool // its errors are the stream's, not the archive's
}

func (m *meter) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	m.left -= int64(n)
	if m.limited && m.left < 0 {
		return 0, tooLarge("the source is over its size limit: leave out what the build does not need (.gitignore, .syntraignore)")
	}
	if m.outside && err != nil && !errors.Is(err, io.EOF) {
		err = &readError{err}
	}
	return n, err
}
