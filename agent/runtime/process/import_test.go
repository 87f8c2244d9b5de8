//go:build linux

package process

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/artifact/layout"
)

func openHere(t *testing.T) *Runtime {
	t.Helper()
	r, err := Open(Options{Dir: t.TempDir(), Shim: []string{"false"}, PruneAge: time.Nanosecond})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// keep makes an artifact of a tree.
func keep(t *testing.T, r *Runtime, m manifest, fill func(dir string)) string {
	t.Helper()
	tree := filepath.Join(r.opts.Dir, "builds", "tree")
	require.NoError(t, os.Mkdir(tree, 0o755))
	fill(tree)
	digest, err := r.keepArtifact(t.Context(), tree, m)
	require.NoError(t, err)
	return digest
}

func TestATreeArrivesOnAnotherServerAsItWas(t *testing.T) {
	t.Parallel()
	here, there := openHere(t), openHere(t)
	when := time.Date(2020, 5, 6, 7, 8, 9, 0, time.UTC)
	digest := keep(t, here, manifest{Command: "./run", Static: "public"}, func(dir string) {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "public", "empty"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "run"), []byte("#!/bin/sh\n"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "public", "page with ünicode"), []byte("hello"), 0o640))
		require.NoError(t, os.Symlink("../../outside", filepath.Join(dir, "public", "link")))
		require.NoError(t, os.Chtimes(filepath.Join(dir, "run"), when, when))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "public", "read-only"), []byte("r"), 0o400))
	})
	var out bytes.Buffer
	require.NoError(t, here.Export(t.Context(), digest, &out))
	require.NoError(t, there.Import(t.Context(), digest, &out))

	m, err := there.artifact(digest)
	require.NoError(t, err)
	require.Equal(t, "./run", m.Command)
	require.Equal(t, "public", m.Static)
	require.Positive(t, m.Size)
	for name, mode := range map[string]fs.FileMode{"run": 0o755, "public/page with ünicode": 0o640, "public/read-only": 0o400} {
		info, err := os.Stat(filepath.Join(there.treeOf(digest), name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), name)
	}
	info, err := os.Stat(filepath.Join(there.treeOf(digest), "run"))
	require.NoError(t, err)
	require.True(t, info.ModTime().Equal(when), "static pages keep their Last-Modified")
	link, err := os.Readlink(filepath.Join(there.treeOf(digest), "public", "link"))
	require.NoError(t, err)
	require.Equal(t, "../../outside", link)
}

func TestALayoutOfStrangersDoesNoHarm(t *testing.T) {
	t.Parallel()
	victim := filepath.Join(t.TempDir(), "victim")
	require.NoError(t, os.Mkdir(victim, 0o755))
	digest := "sha256:" + string(bytes.Repeat([]byte("0"), 64))
	link := &tar.Header{Typeflag: tar.TypeSymlink, Name: "out", Linkname: victim}
	for name, headers := range map[string][]*tar.Header{
		"a path that leads out":      {{Typeflag: tar.TypeReg, Name: "../x"}},
		"an absolute path":           {{Typeflag: tar.TypeReg, Name: filepath.Join(victim, "x")}},
		"a file through a link":      {link, {Typeflag: tar.TypeReg, Name: "out/x"}},
		"a folder through a link":    {link, {Typeflag: tar.TypeDir, Name: "out/x/"}},
		"permissions through a link": {link, {Typeflag: tar.TypeDir, Name: "out/", Mode: 0o777}},
		"a device":                   {{Typeflag: tar.TypeChar, Name: "null", Devmajor: 1, Devminor: 3}},
		"a hard link":                {{Typeflag: tar.TypeLink, Name: "x", Linkname: victim}},
		"another tree":               {{Typeflag: tar.TypeReg, Name: "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := openHere(t)
			pack := layout.NewPack(t.TempDir())
			layer, err := pack.Layer(func(w io.Writer) error {
				out := tar.NewWriter(w)
				for _, h := range headers {
					require.NoError(t, out.WriteHeader(h))
				}
				return out.Close()
			})
			require.NoError(t, err)
			var raw bytes.Buffer
			config := pack.Bytes(treeConfig, []byte(`{"digest":"`+digest+`"}`))
			require.NoError(t, pack.Write(t.Context(), &raw, treeArtifact, config, []v1.Descriptor{layer}))
			require.Error(t, r.Import(t.Context(), digest, &raw))
			all, err := r.Artifacts(t.Context())
			require.NoError(t, err)
			require.Empty(t, all)
			left, err := os.ReadDir(victim)
			require.NoError(t, err)
			require.Empty(t, left)
			info, err := os.Stat(victim)
			require.NoError(t, err)
			require.Equal(t, fs.FileMode(0o755), info.Mode().Perm())
			left, err = os.ReadDir(filepath.Join(r.opts.Dir, "builds"))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestAnImageIsNoTree(t *testing.T) {
	t.Parallel()
	r := openHere(t)
	pack := layout.NewPack(t.TempDir())
	layer, err := pack.Layer(func(w io.Writer) error { return tar.NewWriter(w).Close() })
	require.NoError(t, err)
	var raw bytes.Buffer
	require.NoError(
		t,
		pack.Write(t.Context(), &raw, "", pack.Bytes(v1.MediaTypeImageConfig, []byte(`{}`)), []v1.Descriptor{layer}),
	)
	err = r.Import(t.Context(), "sha256:"+string(bytes.Repeat([]byte("0"), 64)), &raw)
	require.Equal(t, runtime.CodeBadArtifact, runtime.CodeOf(err), "%v", err)
}
