package source_test

import (
	"archive/tar"
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/source"
)

// lay writes files; a name that ends in "/" is a folder.
func lay(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if strings.HasSuffix(name, "/") {
			require.NoError(t, os.MkdirAll(path, 0o755))
			continue
		}
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

// packed answers the files that a deploy of dir sends.
func packed(t testing.TB, dir string) []string {
	t.Helper()
	var b bytes.Buffer
	_, err := source.Pack(t.Context(), dir, &b, source.DefaultLimits)
	require.NoError(t, err)
	require.NoError(t, source.Check(bytes.NewReader(b.Bytes()), source.DefaultLimits), "what is packed is taken")
	to := t.TempDir()
	require.NoError(t, source.Unpack(t.Context(), &b, to, source.DefaultLimits))
	return filesIn(t, to)
}

func filesIn(t testing.TB, dir string) []string {
	t.Helper()
	names := []string{}
	require.NoError(t, filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		require.NoError(t, err)
		if !info.IsDir() {
			rel, err := filepath.Rel(dir, path)
			require.NoError(t, err)
			names = append(names, rel)
		}
		return nil
	}))
	sort.Strings(names)
	return names
}

func TestPack_leavesOutWhatIsIgnored(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"nothing to ignore": {
			map[string]string{"a": "", "b/c": ""}, []string{"a", "b/c"}},
		".git anywhere": {
			map[string]string{"a": "", ".git/config": "", "sub/.git": "gitdir: x", "sub/b": ""}, []string{"a", "sub/b"}},
		".gitignore with negation": {
			map[string]string{".gitignore": "*.log\n!keep.log\n/build/\nnode_modules\n", "x.log": "", "keep.log": "", "build/x": "", "sub/build/y": "", "node_modules/m/i.js": ""},
			[]string{".gitignore", "keep.log", "sub/build/y"}},
		"a nested .gitignore rules its folder": {
			map[string]string{"sub/.gitignore": "secret\n", "sub/secret": "", "sub/deep/secret": "", "secret": ""},
			[]string{"secret", "sub/.gitignore"}},
		"a nested .gitignore overrules the root's": {
			map[string]string{".gitignore": "*.txt\n", "sub/.gitignore": "!a.txt\n", "sub/a.txt": "", "a.txt": ""},
			[]string{".gitignore", "sub/.gitignore", "sub/a.txt"}},
		".syntraignore comes on top": {
			map[string]string{".gitignore": "dist\n", ".syntraignore": "!dist\ndocs/\n", "dist/app.js": "", "docs/x": ""},
			[]string{".gitignore", ".syntraignore", "dist/app.js"}},
		".dockerignore with an exception": {
			map[string]string{".dockerignore": "*\n!src\n", "src/a": "", "b": "", "Dockerfile": "FROM scratch"},
			[]string{".dockerignore", "Dockerfile", "src/a"}},
		"what the platform reads is kept": {
			map[string]string{".dockerignore": "**/*\n", "Dockerfile": "", "syntra.yaml": "", "Procfile": "", "a/b": ""},
			[]string{".dockerignore", "Dockerfile", "Procfile", "syntra.yaml"}},
		"node_modules that is not ignored": {
			map[string]string{"node_modules/m/i.js": ""}, []string{"node_modules/m/i.js"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, packed(t, lay(t, c.files)))
		})
	}
}

func TestPack_isTheSameForTheSameTree(t *testing.T) {
	t.Parallel()
	files := map[string]string{"b/c": "1", "a": "2", "b/a": "3"}
	var first, second bytes.Buffer
	one, err := source.Pack(t.Context(), lay(t, files), &first, source.DefaultLimits)
	require.NoError(t, err)
	other := lay(t, files)
	require.NoError(t, os.Chtimes(filepath.Join(other, "a"), time.Unix(1, 0), time.Unix(1, 0)))
	_, err = source.Pack(t.Context(), other, &second, source.DefaultLimits)
	require.NoError(t, err)
	require.Equal(t, first.Bytes(), second.Bytes())
	require.Equal(t, source.Packed{Files: 4, Bytes: 3, ArchiveBytes: int64(first.Len())}, one)
}

func TestPack_keepsModesAndLinks(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"bin/run": "#!/bin/sh\n", "a": "x"})
	require.NoError(t, os.Chmod(filepath.Join(dir, "bin/run"), 0o700))
	require.NoError(t, os.Symlink("../a", filepath.Join(dir, "bin/link")))
	socket, err := net.Listen("unix", filepath.Join(dir, "s"))
	require.NoError(t, err)
	defer socket.Close()
	var b bytes.Buffer
	_, err = source.Pack(t.Context(), dir, &b, source.DefaultLimits)
	require.NoError(t, err)
	to := t.TempDir()
	require.NoError(t, source.Unpack(t.Context(), &b, to, source.DefaultLimits))
	info, err := os.Stat(filepath.Join(to, "bin/run"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), info.Mode().Perm())
	target, err := os.Readlink(filepath.Join(to, "bin/link"))
	require.NoError(t, err)
	require.Equal(t, "../a", target)
	require.Equal(t, []string{"a", "bin/link", "bin/run"}, filesIn(t, to))
}

func TestPack_refusesWhatTheServerWouldRefuse(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"a": "x"})
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "l")))
	_, err := source.Pack(t.Context(), dir, io.Discard, source.DefaultLimits)
	require.Equal(t, domain.Invalid, domain.CodeOf(err))
	require.ErrorContains(t, err, "/etc/passwd")
}

func TestPack_overALimitNamesTheLargest(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{"data/big": strings.Repeat("x", 3<<20), "small": "x", "zz/more": strings.Repeat("y", 2<<20)})
	_, err := source.Pack(t.Context(), dir, io.Discard, source.Limits{Bytes: 4 << 20})
	require.Equal(t, domain.TooLarge, domain.CodeOf(err))
	require.ErrorContains(t, err, "data has 3.0 MB")
	_, err = source.Pack(t.Context(), dir, io.Discard, source.Limits{ArchiveBytes: 100})
	require.Equal(t, domain.TooLarge, domain.CodeOf(err))
	require.ErrorContains(t, err, "over the limit")
	_, err = source.Pack(t.Context(), dir, io.Discard, source.Limits{Files: 2})
	require.Equal(t, domain.TooLarge, domain.CodeOf(err))
}

func TestWriteDockerContext_followsDockerignoreAlone(t *testing.T) {
	t.Parallel()
	names := func(files map[string]string, dockerfile string) []string {
		var b bytes.Buffer
		require.NoError(t, source.WriteDockerContext(t.Context(), lay(t, files), dockerfile, &b))
		all := []string{}
		for r := tar.NewReader(&b); ; {
			h, err := r.Next()
			if err == io.EOF {
				return all
			}
			require.NoError(t, err)
			if h.Typeflag == tar.TypeReg {
				all = append(all, h.Name)
			}
		}
	}
	require.Equal(t, []string{".dockerignore", ".gitignore", "Dockerfile", "app"}, names(map[string]string{
		".dockerignore": "secrets\nDockerfile\n", ".gitignore": "app\n", "app": "", "secrets/key": "", "Dockerfile": ""}, "Dockerfile"))
	require.Equal(t, []string{".dockerignore", "a", "d/Web.Dockerfile", "d/Web.Dockerfile.dockerignore"}, names(map[string]string{
		".dockerignore": "a\n", "d/Web.Dockerfile": "", "d/Web.Dockerfile.dockerignore": "b\nd/Web.Dockerfile\n", "a": "", "b": ""}, "d/Web.Dockerfile"))
}
