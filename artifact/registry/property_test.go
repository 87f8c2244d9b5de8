package registry_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/artifacttest"
	"github.com/syntra-dev/syntra/artifact/blob"
	"github.com/syntra-dev/syntra/artifact/layout"
	"github.com/syntra-dev/syntra/artifact/registry"
	"github.com/syntra-dev/syntra/artifact/token"
)

// pausing is a store at whose doors something else may happen.
type pausing struct {
	blob.Store
	pause func()
}

func (p *pausing) Delete(ctx context.Context, name blob.Name) error {
	p.pause()
	return p.Store.Delete(ctx, name)
}

func (p *pausing) Finish(ctx context.Context, name blob.Name, size int64) error {
	p.pause()
	return p.Store.Finish(ctx, name, size)
}

func (p *pausing) Objects(ctx context.Context) iter.Seq2[blob.Name, error] {
	return func(yield func(blob.Name, error) bool) {
		for name, err := range p.Store.Objects(ctx) {
			p.pause()
			if !yield(name, err) {
				return
			}
		}
	}
}

// pusher pushes an artifact of one layer among few, in steps: its time is its token's.
type pusher struct {
	owner  artifact.Owner
	token  string
	blobs  []string
	raw    []byte
	digest string // of the artifact
	known  string // of the manifest
	place  string // of an upload that has begun
	done   int
	ended  bool
	busy   bool
	pushed bool
}

// world is what happens to a registry.
type world struct {
	*timed
	t       *rapid.T
	pushers []*pusher
	// promised are artifacts that some release needs, which the registry said it has.
	promised map[string]*pusher
	depth    int
}

func (w *world) request(p *pusher, method, path, body string, headers ...string) *http.Response {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+p.token)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, req)
	if rec.Code == http.StatusInternalServerError {
		w.t.Fatalf("%s %s: %s", method, path, rec.Body)
	}
	return rec.Result()
}

// begin makes a pusher of an artifact over two of four layers.
func (w *world) begin() {
	owner := rapid.SampledFrom([]artifact.Owner{artifacttest.Ours, artifacttest.Sister}).Draw(w.t, "owner")
	secret, err := w.PushToken(owner, token.Life)
	require.NoError(w.t, err)
	p := &pusher{owner: owner, token: secret}
	p.blobs = []string{"config", fmt.Sprint("layer ", rapid.IntRange(0, 3).Draw(w.t, "layer"))}
	config, layer := descriptor(p.blobs[0]), descriptor(p.blobs[1])
	p.raw, err = layout.Manifest("", config, []v1.Descriptor{layer})
	require.NoError(w.t, err)
	p.known = digest.FromBytes(p.raw).String()
	p.digest = digest.FromString("artifact of " + p.known + owner.Service).String()
	w.pushers = append(w.pushers, p)
}

func descriptor(content string) v1.Descriptor {
	return layout.Descriptor(v1.MediaTypeImageLayer, []byte(content))
}

// step does a pusher's next request.
func (w *world) step(p *pusher) {
	if p.ended || p.busy { // a pusher waits for its own answers
		return
	}
	p.busy = true
	defer func() { p.busy = false }()
	base := "/v2/" + p.owner.Repository() + "/"
	if p.done == len(p.blobs) {
		p.ended = true
		res := w.request(
			p,
			"PUT",
			base+"manifests/"+artifact.Tag(p.digest),
			string(p.raw),
			"Content-Type",
			v1.MediaTypeImageManifest,
		)
		p.pushed = res.StatusCode == http.StatusCreated
		// Within its token's time a pusher may rely on what it was told.
		if res.StatusCode == http.StatusNotFound {
			w.t.Fatalf("what a pusher was told to be there was collected before its manifest came")
		}
		return
	}
	content := p.blobs[p.done]
	var res *http.Response
	if p.place == "" {
		res = w.request(p, "HEAD", base+"blobs/"+sum(content), "")
		if res.StatusCode == http.StatusOK {
			p.done++
			return
		}
		res = w.request(p, "POST", base+"blobs/uploads/", "")
		p.place = res.Header.Get("Location")
	} else {
		res = w.request(p, "PUT", p.place+"?digest="+sum(content), content)
		p.place = ""
		p.done++
	}
	// Its token is over, or so much time passed within the request that the upload expired: it begins again.
	p.ended = res.StatusCode != http.StatusAccepted && res.StatusCode != http.StatusCreated
}

// happenings are what may happen; steps are most of it.
var happenings = []string{"begin", "step", "step", "step", "step", "time", "promise", "release", "collect"}

// happen does one thing that may happen at any moment.
func (w *world) happen() {
	switch rapid.SampledFrom(happenings).Draw(w.t, "what") {
	case "begin":
		w.begin()
	case "step":
		if len(w.pushers) > 0 {
			w.step(w.pushers[rapid.IntRange(0, len(w.pushers)-1).Draw(w.t, "pusher")])
		}
	case "time":
		w.passes(
			time.Duration(rapid.SampledFrom([]int{1, 10, 60, 23 * 60, 25 * 60}).Draw(w.t, "minutes")) * time.Minute,
		)
	case "promise": // a release begins to need what was pushed
		if len(w.pushers) == 0 {
			return
		}
		p := w.pushers[rapid.IntRange(0, len(w.pushers)-1).Draw(w.t, "promised")]
		manifest, _, err := w.PullToken(w.t.Context(), p.owner, p.digest, time.Hour)
		if artifact.CodeOf(err) == artifact.ManifestUnknown {
			return
		}
		require.NoError(w.t, err)
		require.Equal(w.t, p.known, manifest)
		w.promised[p.digest] = p
		w.tell()
	case "release": // no release needs it any more
		for _, p := range w.pushers {
			if w.promised[p.digest] != nil {
				delete(w.promised, p.digest)
				break
			}
		}
		w.tell()
	case "collect":
		if w.depth > 1 {
			return
		}
		w.depth++
		_, err := w.Collect(w.t.Context())
		w.depth--
		require.NoError(w.t, err)
	}
}

func (w *world) tell() {
	var all []string
	for digest := range w.promised {
		all = append(all, digest)
	}
	w.need(all...)
}

// whole pulls everything that is promised.
func (w *world) whole() {
	for _, p := range w.promised {
		var out bytes.Buffer
		require.NoError(w.t, w.Pull(w.t.Context(), p.owner, p.known, &out))
		_, err := layout.Read(w.t.Context(), &out, layout.Visitor{
			Blob: func(_ context.Context, _ v1.Descriptor, r io.Reader) error {
				_, err := io.Copy(io.Discard, r)
				return err
			},
			Manifest: func(context.Context, v1.Descriptor, []byte) error { return nil },
		})
		require.NoError(w.t, err)
	}
}

// TestAfterAnyInterleavingWhatIsNeededPullsWhole lets pushes, releases, time and collections meet in any order, also in
// the middle of one another: before an object is finished or deleted, and between what a collection looks at.
func TestAfterAnyInterleavingWhatIsNeededPullsWhole(t *testing.T) {
	t.Parallel()
	var w *world
	pause := func() {
		if w != nil && w.depth > 0 && w.depth < 3 && rapid.IntRange(0, 2).Draw(w.t, "meanwhile") == 0 {
			w.depth++
			w.happen()
			w.depth--
		}
	}
	m := newTimed(t, func(o *registry.Options) {
		o.Blobs = &pausing{o.Blobs, pause}
		needed := o.Needed
		o.Needed = func(ctx context.Context, org string) ([]string, error) {
			before, err := needed(ctx, org)
			pause() // what is needed changes while it is told
			return before, err
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		_, err := m.pool.Exec(
			rt.Context(),
			`TRUNCATE artifact_blob, artifact_link, artifact_upload, artifact_manifest, artifact_tag,
			artifact_reference, artifact_child`,
		)
		require.NoError(rt, err)
		w = &world{timed: m, t: rt, promised: map[string]*pusher{}}
		w.tell()
		for range rapid.IntRange(5, 60).Draw(rt, "length") {
			w.happen()
		}
		w.whole()
		w = nil
	})
}
