package layout_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"testing"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/artifact/layout"
)

// content is an artifact in memory.
type content map[digest.Digest][]byte

func (c content) add(mediaType string, raw []byte) v1.Descriptor {
	d := layout.Descriptor(mediaType, raw)
	c[d.Digest] = raw
	return d
}

func (c content) fetch(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	raw, ok := c[d.Digest]
	if !ok {
		return nil, errors.New("there is no " + d.Digest.String())
	}
	return io.NopCloser(bytes.NewReader(raw)), nil
}

// image is an index over one manifest, whose two layers are the same bytes.
func image(t *testing.T) (content, v1.Descriptor) {
	t.Helper()
	c := content{}
	config := c.add(v1.MediaTypeImageConfig, []byte(`{}`))
	layer := c.add(v1.MediaTypeImageLayer, bytes.Repeat([]byte("layer"), 1000))
	raw, err := layout.Manifest("", config, []v1.Descriptor{layer, layer})
	require.NoError(t, err)
	manifest := c.add(v1.MediaTypeImageManifest, raw)
	index := []byte(`{"schemaVersion":2,"manifests":[{"mediaType":"` + manifest.MediaType + `","digest":"` +
		manifest.Digest.String() + `","size":` + strconv.FormatInt(manifest.Size, 10) + `}]}`)
	return c, c.add(v1.MediaTypeImageIndex, index)
}

func written(t *testing.T, c content, root v1.Descriptor) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, layout.Write(t.Context(), &out, root, c.fetch))
	return out.Bytes()
}

// take is a visitor that keeps what passes, and in which order.
func take(got content, order *[]string) layout.Visitor {
	return layout.Visitor{
		Blob: func(_ context.Context, d v1.Descriptor, r io.Reader) error {
			raw, err := io.ReadAll(r)
			got[d.Digest] = raw
			*order = append(*order, "blob")
			return err
		},
		Manifest: func(_ context.Context, d v1.Descriptor, raw []byte) error {
			got[d.Digest] = raw
			*order = append(*order, d.MediaType)
			return nil
		},
	}
}

func TestWhatIsWrittenIsReadAgainEachBlobOnce(t *testing.T) {
	t.Parallel()
	c, root := image(t)
	got, order := content{}, []string{}
	read, err := layout.Read(t.Context(), bytes.NewReader(written(t, c, root)), take(got, &order))
	require.NoError(t, err)
	require.Equal(t, root.Digest, read.Digest)
	require.Equal(t, c, got)
	require.Equal(t, []string{"blob", "blob", v1.MediaTypeImageManifest, v1.MediaTypeImageIndex}, order,
		"what a manifest names comes before it")
}

func TestALayoutIsTheSameBytesEachTime(t *testing.T) {
	t.Parallel()
	c, root := image(t)
	require.Equal(t, written(t, c, root), written(t, c, root))
}

func TestWriteTellsWhatIsNotWhatItShouldBe(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func([]byte) []byte{
		"shorter":         func(b []byte) []byte { return b[:len(b)-1] },
		"longer":          func(b []byte) []byte { return append(b, 0) },
		"other":           func(b []byte) []byte { return append([]byte{b[0] + 1}, b[1:]...) },
		"nothing is left": func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, root := image(t)
			for d, raw := range c {
				broken := content{}
				for k, v := range c {
					broken[k] = v
				}
				broken[d] = change(bytes.Clone(raw))
				require.Error(t, layout.Write(t.Context(), io.Discard, root, broken.fetch), "%.40s", raw)
			}
		})
	}
}

// edited writes a layout's entries as change says.
func edited(t *testing.T, raw []byte, change func(entries []entry) []entry) []byte {
	t.Helper()
	var entries []entry
	for in := tar.NewReader(bytes.NewReader(raw)); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		body, err := io.ReadAll(in)
		require.NoError(t, err)
		entries = append(entries, entry{h, body})
	}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range change(entries) {
		e.header.Size = int64(len(e.body))
		require.NoError(t, w.WriteHeader(e.header))
		_, err := w.Write(e.body)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

type entry struct {
	header *tar.Header
	body   []byte
}

func TestReadRefusesWhatIsNoWholeLayout(t *testing.T) {
	t.Parallel()
	c, root := image(t)
	whole := written(t, c, root) // oci-layout, index.json, index, manifest, config, layer
	file := func(name string) entry {
		return entry{&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600}, []byte("x")}
	}
	for name, raw := range map[string][]byte{
		"nothing":  nil,
		"no tar":   bytes.Repeat([]byte("no archive"), 200),
		"cut off":  whole[:len(whole)/2],
		"no index": edited(t, whole, func(e []entry) []entry { return append(e[:1:1], e[2:]...) }),
		"no layer": edited(t, whole, func(e []entry) []entry { return e[:len(e)-1] }),
		"a blob before what names it": edited(t, whole, func(e []entry) []entry {
			return append([]entry{e[0], e[1], e[5]}, e[2:5]...)
		}),
		"a blob twice": edited(t, whole, func(e []entry) []entry { return append(e, e[5]) }),
		"another blob": edited(t, whole, func(e []entry) []entry { e[5].body[0]++; return e }),
		"a longer blob": edited(t, whole, func(e []entry) []entry {
			e[5].body = append(e[5].body, 0)
			return e
		}),
		"another manifest":  edited(t, whole, func(e []entry) []entry { e[3].body[0]++; return e }),
		"an unwanted blob":  edited(t, whole, func(e []entry) []entry { return append(e, file("blobs/sha256/"+digest.FromString("no").Encoded())) }),
		"a file outside":    edited(t, whole, func(e []entry) []entry { return append(e, file("../../etc/passwd")) }),
		"two indexes":       edited(t, whole, func(e []entry) []entry { return append(e, e[1]) }),
		"an index of texts": edited(t, whole, func(e []entry) []entry { e[1].body = []byte(`"no"`); return e }),
		"a link": edited(t, whole, func(e []entry) []entry {
			return append(e, entry{&tar.Header{Typeflag: tar.TypeSymlink, Name: "blobs/x", Linkname: "/etc"}, nil})
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var order []string
			_, err := layout.Read(t.Context(), bytes.NewReader(raw), take(content{}, &order))
			require.Error(t, err)
			require.NotContains(t, order, v1.MediaTypeImageIndex, "the root must not be told to be whole")
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("no archive"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var order []string
		if root, err := layout.Read(t.Context(), bytes.NewReader(raw), take(content{}, &order)); err == nil {
			require.NoError(t, root.Digest.Validate())
		}
	})
}
