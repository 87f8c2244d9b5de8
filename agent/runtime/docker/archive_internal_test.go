package docker

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"testing"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
)

// member is one entry of an engine's archive.
type member struct {
	name, content, link string
}

func archived(t *testing.T, members ...member) io.Reader {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, m := range members {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: m.name, Size: int64(len(m.content)), Mode: 0o644}
		if m.link != "" {
			h.Typeflag, h.Linkname = tar.TypeSymlink, m.link
		}
		require.NoError(t, w.WriteHeader(h))
		_, err := io.WriteString(w, m.content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return &out
}

func entries(t *testing.T, raw io.Reader) map[string]string {
	t.Helper()
	all := map[string]string{}
	for in := tar.NewReader(raw); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		body, err := io.ReadAll(in)
		require.NoError(t, err)
		all[h.Name] = string(body)
	}
}

// relayed takes what an engine saves to what another loads.
func relayed(t *testing.T, id string, engine io.Reader) map[string]string {
	t.Helper()
	r := &Runtime{opts: Options{Scope: "test", Scratch: t.TempDir()}}
	dir, done, err := r.scratch()
	require.NoError(t, err)
	defer done()
	require.NoError(t, unpack(engine, dir))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	var layout, archive bytes.Buffer
	require.NoError(t, exportFrom(t.Context(), root, id, dir, &layout))
	require.NoError(t, archiveOf(t.Context(), id, &layout, &archive))
	return entries(t, &archive)
}

func gunzipped(t *testing.T, raw string) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader([]byte(raw)))
	require.NoError(t, err)
	plain, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(plain)
}

const config = `{"rootfs":{"type":"layers"}}`

func TestWhatAGraphDriverSavedCanBeLoaded(t *testing.T) {
	t.Parallel()
	id := digest.FromString(config).String()
	hex := digest.FromString(config).Encoded()
	for name, saved := range map[string]io.Reader{
		// Equal layers are links of one another.
		"before Docker 25": archived(t,
			member{name: "aaa/layer.tar", content: "layer one"}, member{name: "aaa/json", content: "{}"},
			member{name: "bbb/layer.tar", content: "layer two"}, member{name: "ccc/layer.tar", link: "../aaa/layer.tar"},
			member{name: hex + ".json", content: config}, member{name: "repositories", content: "{}"},
			member{name: savedFile, content: `[{"Config":"` + hex + `.json","RepoTags":null,"Layers":["aaa/layer.tar","bbb/layer.tar","ccc/layer.tar"]}]`},
		),
		"since Docker 25": archived(t,
			member{name: "blobs/sha256/" + hex, content: config}, member{name: "blobs/sha256/1", content: "layer one"},
			member{name: "blobs/sha256/2", content: "layer two"}, member{name: "oci-layout", content: "{}"},
			member{name: "index.json", content: `{"manifests":[{"digest":"` + digest.FromString("m").String() + `"}]}`},
			member{name: savedFile, content: `[{"Config":"blobs/sha256/` + hex + `","Layers":["blobs/sha256/1","blobs/sha256/2","blobs/sha256/1"]}]`},
		),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := relayed(t, id, saved)
			var list []struct {
				Config string
				Layers []string
			}
			require.NoError(t, json.Unmarshal([]byte(all[savedFile]), &list))
			require.Len(t, list, 1)
			require.Equal(t, config, all[list[0].Config], "the config is the image's name and stays byte by byte")
			require.Len(t, list[0].Layers, 3)
			for i, want := range []string{"layer one", "layer two", "layer one"} {
				require.Equal(t, want, gunzipped(t, all[list[0].Layers[i]]))
			}
			require.Equal(t, list[0].Layers[0], list[0].Layers[2], "an equal layer travels once")
		})
	}
}

func TestWhatTheContainerdStoreSavedTravelsByteByByte(t *testing.T) {
	t.Parallel()
	blob := func(content string) (member, string) {
		return member{name: "blobs/sha256/" + digest.FromString(content).Encoded(), content: content},
			`"digest":"` + digest.FromString(content).String() + `","size":` + strconv.Itoa(len(content))
	}
	configFile, configRef := blob(config)
	layerFile, layerRef := blob("a layer as it was built")
	manifest := `{"schemaVersion":2,"config":{"mediaType":"` + v1.MediaTypeImageConfig + `",` + configRef +
		`},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+zstd",` + layerRef + `}]}`
	manifestFile, manifestRef := blob(manifest)
	index := `{"manifests":[{"mediaType":"` + v1.MediaTypeImageManifest + `",` + manifestRef + `}]}`
	indexFile, indexRef := blob(index)
	all := relayed(t, digest.FromString(index).String(), archived(
		t,
		configFile,
		layerFile,
		manifestFile,
		indexFile,
		member{
			name:    "index.json",
			content: `{"manifests":[{"mediaType":"` + v1.MediaTypeImageIndex + `",` + indexRef + `}]}`,
		},
		member{name: "oci-layout", content: "{}"},
		member{name: savedFile, content: `[{"Config":"x","Layers":[]}]`},
	))
	for _, m := range []member{configFile, layerFile, manifestFile, indexFile} {
		require.Equal(t, m.content, all[m.name])
	}
	var root v1.Index
	require.NoError(t, json.Unmarshal([]byte(all["index.json"]), &root))
	require.Equal(t, digest.FromString(index), root.Manifests[0].Digest)
}

func TestAnotherImageIsNotLoaded(t *testing.T) {
	t.Parallel()
	hex := digest.FromString(config).Encoded()
	engine := archived(
		t,
		member{name: hex + ".json", content: config},
		member{name: savedFile, content: `[{"Config":"` + hex + `.json","Layers":[]}]`},
	)
	dir := t.TempDir()
	require.NoError(t, unpack(engine, dir))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	other := digest.FromString("other").String()
	require.ErrorContains(t, exportFrom(t.Context(), root, other, dir, io.Discard), "archive holds image")

	var layout bytes.Buffer
	require.NoError(t, exportFrom(context.Background(), root, digest.FromString(config).String(), dir, &layout))
	var archive bytes.Buffer
	err = archiveOf(t.Context(), other, &layout, &archive)
	require.Equal(t, runtime.CodeBadArtifact, runtime.CodeOf(err), "%v", err)
	require.Zero(t, archive.Len(), "the engine hears nothing of it")
}

func TestAnArchiveStaysInItsFolder(t *testing.T) {
	t.Parallel()
	for _, m := range []member{{name: "../x"}, {name: "/etc/x"}, {name: "a/../../x"}} {
		dir := t.TempDir()
		inner := dir + "/inner"
		require.NoError(t, os.Mkdir(inner, 0o700))
		require.Error(t, unpack(archived(t, m), inner), m.name)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, left, 1)
	}
	dir := t.TempDir()
	require.Error(t, unpack(archived(t, member{name: "l", link: "/tmp"}, member{name: "l/x", content: "x"}), dir))
}
