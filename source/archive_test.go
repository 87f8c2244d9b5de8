package source_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/source"
)

// archive makes a tar.gz of headers.
func archive(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	return zipped(t, tarOf(t, headers...))
}

// tarOf makes a tar of headers; regular files get content of their size.
func tarOf(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		require.NoError(t, w.WriteHeader(&h))
		if h.Typeflag == tar.TypeReg {
			_, err := w.Write(bytes.Repeat([]byte("x"), int(h.Size)))
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func file(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeReg, Size: 3} }
func link(name, to string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: to}
}

var small = source.Limits{ArchiveBytes: 1 << 20, Bytes: 1000, Files: 10}

func TestArchive_thatIsRefused(t *testing.T) {
	t.Parallel()
	many := []tar.Header{}
	for i := range 20 {
		many = append(many, file("f"+strings.Repeat("x", i)))
	}
	valid := archive(t, file("a"), file("b"))
	for name, c := range map[string]struct {
		raw  []byte
		code domain.Code
	}{
		"climbs":                             {archive(t, file("../evil")), domain.Invalid},
		"climbs inside":                      {archive(t, file("a/../../evil")), domain.Invalid},
		"is not in its shortest form":        {archive(t, file("a/../b")), domain.Invalid},
		"absolute":                           {archive(t, file("/etc/passwd")), domain.Invalid},
		"backslash":                          {archive(t, file(`..\evil`)), domain.Invalid},
		"a Git folder":                       {archive(t, file(".git/hooks/post-checkout")), domain.Invalid},
		"a Git folder in a folder":           {archive(t, file("a/.GIT/config")), domain.Invalid},
		"link out":                           {archive(t, link("a", "../x")), domain.Invalid},
		"link to an absolute path":           {archive(t, link("a", "/etc")), domain.Invalid},
		"link out of a folder":               {archive(t, link("a/b/c", "../../../x")), domain.Invalid},
		"link that climbs after descending":  {archive(t, link("a/b/l", "../../x"), link("m", "a/b/l/../..")), domain.Invalid},
		"file below a link":                  {archive(t, link("a", "b"), file("a/x")), domain.Invalid},
		"link in place of a folder":          {archive(t, file("a/x"), link("a", "b")), domain.Invalid},
		"file over a link":                   {archive(t, link("a", "b"), file("a")), domain.Invalid},
		"file twice":                         {archive(t, file("a"), file("a")), domain.Invalid},
		"hard link out":                      {archive(t, tar.Header{Name: "a", Typeflag: tar.TypeLink, Linkname: "../x"}), domain.Invalid},
		"hard link to a link":                {archive(t, link("l", "x"), tar.Header{Name: "a", Typeflag: tar.TypeLink, Linkname: "l"}), domain.Invalid},
		"hard link to nothing":               {archive(t, tar.Header{Name: "a", Typeflag: tar.TypeLink, Linkname: "b"}), domain.Invalid},
		"device":                             {archive(t, tar.Header{Name: "a", Typeflag: tar.TypeBlock}), domain.Invalid},
		"pipe":                               {archive(t, tar.Header{Name: "a", Typeflag: tar.TypeFifo}), domain.Invalid},
		"root that is a link":                {archive(t, link(".", "x")), domain.Invalid},
		"long name":                          {archive(t, file(strings.Repeat("a/", 600)+"b")), domain.Invalid},
		"too many files":                     {archive(t, many...), domain.TooLarge},
		"too many folders":                   {archive(t, file("a/b/c/d/e/f/g/h/i/j/k/l")), ""},
		"too many bytes":                     {archive(t, tar.Header{Name: "a", Typeflag: tar.TypeReg, Size: 1001}), domain.TooLarge},
		"a gzip bomb":                        {bomb(t, 1<<26), domain.TooLarge},
		"something behind its end":           {append(bytes.Clone(valid), make([]byte, 2<<20)...), domain.Invalid},
		"not gzip":                           {[]byte("hello"), domain.Invalid},
		"empty":                              {nil, domain.Invalid},
		"not tar":                            {zipped(t, bytes.Repeat([]byte("hello"), 1000)), domain.Invalid},
		"cut off":                            {valid[:len(valid)-20], domain.Invalid},
		"damaged at its end":                 {damaged(valid), domain.Invalid},
		"fine":                               {valid, ""},
		"fine with ./ and links and folders": {archive(t, tar.Header{Name: "./", Typeflag: tar.TypeDir}, file("./a/b"), link("a/l", "../a/b"), tar.Header{Name: "a/h", Typeflag: tar.TypeLink, Linkname: "./a/b"}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checked := source.Check(bytes.NewReader(c.raw), small)
			outer := t.TempDir()
			dir := filepath.Join(outer, "in")
			require.NoError(t, os.Mkdir(dir, 0o700))
			unpacked := source.Unpack(t.Context(), bytes.NewReader(c.raw), dir, small)
			for _, err := range []error{checked, unpacked} {
				require.Equal(t, c.code, domain.CodeOf(err), "%v", err)
				if c.code != "" {
					require.Equal(t, runtime.CodeBadSource, runtime.CodeOf(err))
				} else {
					require.NoError(t, err)
				}
			}
			requireInside(t, outer, dir)
		})
	}
}

func TestCheck_boundsTheArchive(t *testing.T) {
	t.Parallel()
	err := source.Check(bytes.NewReader(archive(t, file("a"), file("b"))), source.Limits{ArchiveBytes: 50})
	require.Equal(t, domain.TooLarge, domain.CodeOf(err), "%v", err)
}

func zipped(t testing.TB, raw []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(raw)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// bomb hides its size behind a valid archive's end.
func bomb(t testing.TB, size int) []byte {
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	require.NoError(t, w.Close())
	_, err := io.CopyN(zip, zeros{}, int64(size))
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func damaged(raw []byte) []byte {
	out := bytes.Clone(raw)
	out[len(out)-5] ^= 0xff // in the checksum
	return out
}

// requireInside fails when anything lies beside dir, or a link in it leads out.
func requireInside(t testing.TB, outer, dir string) {
	t.Helper()
	entries, err := os.ReadDir(outer)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	resolved, err := filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if d.Type()&fs.ModeSymlink != 0 {
			if to, err := filepath.EvalSymlinks(path); err == nil {
				require.True(t, to == resolved || strings.HasPrefix(to, resolved+"/"), "%s leads to %s", path, to)
			}
		}
		return nil
	}))
}

func TestCheck_passesReadingErrorsOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("the network broke")
	err := source.Check(io.MultiReader(bytes.NewReader(archive(t, file("a"))[:30]), iotest.ErrReader(broken)), small)
	require.ErrorIs(t, err, broken)
	require.Empty(t, domain.CodeOf(err), "a broken upload is not the archive's fault")
}

func TestUnpack_endsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := source.Unpack(ctx, bytes.NewReader(archive(t, file("a"))), t.TempDir(), small)
	require.ErrorIs(t, err, context.Canceled)
}

func FuzzUnpack(f *testing.F) {
	f.Add(tarOf(f, file("a/b"), link("l", "a"), tar.Header{Name: "h", Typeflag: tar.TypeLink, Linkname: "a/b"}))
	f.Add(tarOf(f, link("a/b/l", "../../x"), link("m", "a/b/l")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		// What is packed matters more than how, so the fuzzer's bytes are tar rather than gzip.
		packed := zipped(t, raw)
		outer := t.TempDir()
		dir := filepath.Join(outer, "in")
		require.NoError(t, os.Mkdir(dir, 0o700))
		checked := source.Check(bytes.NewReader(packed), small)
		unpacked := source.Unpack(t.Context(), bytes.NewReader(packed), dir, small)
		if checked == nil {
			require.NoError(t, ignoreNames(unpacked))
		} else {
			require.Error(t, unpacked)
		}
		requireInside(t, outer, dir)
	})
}

// ignoreNames lets pass what only this file system refuses (a name of more than 255 bytes).
func ignoreNames(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	if errors.As(err, &p) || errors.As(err, &l) {
		return nil
	}
	return err
}
