package registry_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/artifacttest"
	"github.com/syntra-dev/syntra/artifact/registry"
	"github.com/syntra-dev/syntra/artifact/token"
)

// timed is a registry whose time the test moves, and whose needed artifacts it names.
type timed struct {
	*house
	clock  atomic.Int64 // nanoseconds since start
	needed atomic.Pointer[[]string]
	unsure atomic.Bool
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const grace = 24 * time.Hour

func newTimed(t *testing.T, change func(*registry.Options)) *timed {
	t.Helper()
	m := &timed{}
	m.need()
	m.house = newHouse(t, func(o *registry.Options) {
		o.Now, o.Grace = m.now, grace
		o.Needed = func(context.Context, string) ([]string, error) {
			if m.unsure.Load() {
				return nil, errors.New("the read models are behind")
			}
			return *m.needed.Load(), nil
		}
		if change != nil {
			change(o)
		}
	})
	m.tokens.Now = m.now
	return m
}

func (m *timed) now() time.Time           { return start.Add(time.Duration(m.clock.Load())) }
func (m *timed) passes(d time.Duration)   { m.clock.Add(int64(d)) }
func (m *timed) need(artifacts ...string) { m.needed.Store(&artifacts) }
func (m *timed) objects(t *testing.T) (n int) {
	t.Helper()
	for _, err := range m.blobs.Objects(t.Context()) {
		require.NoError(t, err)
		n++
	}
	return n
}

func (m *timed) push(t *testing.T, owner artifact.Owner, a artifacttest.Artifact) {
	t.Helper()
	_, err := m.Push(t.Context(), owner, a.Digest, bytes.NewReader(a.Layout))
	require.NoError(t, err)
}

func (m *timed) collect(t *testing.T) registry.Collected {
	t.Helper()
	done, err := m.Collect(t.Context())
	require.NoError(t, err)
	return done
}

func TestWhatNoReleaseNeedsGoesTwoGracesLater(t *testing.T) {
	t.Parallel()
	m := newTimed(t, nil)
	kept := artifacttest.Image(t, "config", "base", "kept")
	loose := artifacttest.Index(t, "config of the loose one", "base", "loose")
	m.push(t, artifacttest.Ours, kept)
	m.push(t, artifacttest.Ours, loose)
	m.need(kept.Digest)
	require.Equal(t, registry.Collected{}, m.collect(t), "all is fresh")
	require.Equal(t, 6, m.objects(t)) // three configs, base, kept, loose

	m.passes(grace + time.Minute)
	require.Equal(t, registry.Collected{Marked: 1}, m.collect(t), "an index's manifests go after it")
	m.passes(grace - 2*time.Minute)
	require.Equal(t, registry.Collected{}, m.collect(t))
	m.passes(3 * time.Minute)
	done := m.collect(t)
	require.Equal(t, 1, done.Manifests)
	m.passes(1)
	require.Positive(t, m.collect(t).Marked)
	m.passes(grace + time.Minute)
	done = m.collect(t)
	require.Equal(t, 2, done.Manifests)
	require.Equal(t, 3, done.Blobs)
	require.Equal(t, 3, m.objects(t))
	require.NoError(t, m.Pull(t.Context(), artifacttest.Ours, kept.Manifest, io.Discard))
	require.Equal(t, registry.Collected{}, m.collect(t))
}

func TestAMarkIsTakenAwayByUseAndByNeed(t *testing.T) {
	t.Parallel()
	for name, rescue := range map[string]func(*testing.T, *timed, artifacttest.Artifact){
		"a release needs it": func(_ *testing.T, m *timed, a artifacttest.Artifact) { m.need(a.Digest) },
		"it is pulled": func(t *testing.T, m *timed, a artifacttest.Artifact) {
			require.NoError(t, m.Pull(t.Context(), artifacttest.Ours, a.Manifest, io.Discard))
		},
		"it is pushed": func(t *testing.T, m *timed, a artifacttest.Artifact) { m.push(t, artifacttest.Ours, a) },
		"it is promised": func(t *testing.T, m *timed, a artifacttest.Artifact) {
			manifest, _, err := m.PullToken(t.Context(), artifacttest.Ours, a.Digest, time.Hour)
			require.NoError(t, err)
			require.Equal(t, a.Manifest, manifest)
		},
		"nobody knows what is needed": func(t *testing.T, m *timed, _ artifacttest.Artifact) { m.unsure.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newTimed(t, nil)
			a := artifacttest.Image(t, "config", "layer")
			m.push(t, artifacttest.Ours, a)
			m.passes(grace + time.Minute)
			require.Equal(t, 1, m.collect(t).Marked)
			m.passes(grace + time.Minute)
			rescue(t, m, a)
			done, err := m.Collect(t.Context())
			require.Equal(t, m.unsure.Load(), err != nil, "%v", err)
			require.Zero(t, done.Manifests)
			require.NoError(t, m.Pull(t.Context(), artifacttest.Ours, a.Manifest, io.Discard))
		})
	}
}

func TestWhatIsGoneIsNotPromised(t *testing.T) {
	t.Parallel()
	m := newTimed(t, nil)
	a := artifacttest.Image(t, "config", "layer")
	m.push(t, artifacttest.Ours, a)
	for range 2 {
		m.passes(grace + time.Minute)
		m.collect(t)
	}
	_, _, err := m.PullToken(t.Context(), artifacttest.Ours, a.Digest, time.Hour)
	require.Equal(t, artifact.ManifestUnknown, artifact.CodeOf(err), "%v", err)
	_, _, err = m.PullToken(t.Context(), artifacttest.Sister, a.Digest, time.Hour)
	require.Equal(t, artifact.ManifestUnknown, artifact.CodeOf(err), "%v", err)
}

func TestUploadsThatNobodyGoesOnWithAreWaste(t *testing.T) {
	t.Parallel()
	m := newTimed(t, nil)
	base := "/v2/" + artifacttest.Ours.Repository() + "/blobs/uploads/"
	res, _ := m.visit(t, artifacttest.Ours).do("POST", base, "")
	at := res.Header.Get("Location")
	m.visit(t, artifacttest.Ours).do("PATCH", at, "half a layer")
	m.passes(grace - time.Minute)
	require.Equal(t, registry.Collected{}, m.collect(t))
	m.visit(t, artifacttest.Ours).do("PATCH", at, " and some more")
	m.passes(grace - time.Minute)
	require.Equal(t, registry.Collected{}, m.collect(t), "somebody goes on with it")
	m.passes(2 * time.Minute)
	require.Equal(t, registry.Collected{Uploads: 1, Objects: 1}, m.collect(t))
	require.Zero(t, m.objects(t))
}

func TestAManifestCannotNameWhatIsBeingCollected(t *testing.T) {
	t.Parallel()
	m := newTimed(t, nil)
	m.need()
	// Pushers of artifacts that share all their layers, and a collector without any grace left for them: each push
	// works or says that it must begin again, and what works is whole.
	g, ctx := errgroup.WithContext(t.Context())
	ended := make(chan struct{})
	for range 2 {
		g.Go(func() error {
			for {
				select {
				case <-ended:
					return nil
				default:
				}
				m.passes(3 * grace)
				if _, err := m.Collect(ctx); err != nil {
					return err
				}
			}
		})
	}
	pushers := errgroup.Group{}
	for i := range 4 {
		pushers.Go(func() error {
			for n := range 15 {
				owner := artifact.Owner{Organization: "org_a", Service: []string{"svc_web", "svc_api"}[i%2]}
				a := artifacttest.Image(t, "config", "base", "layer", string(rune('a'+n)))
				pushed, err := m.Push(ctx, owner, a.Digest, bytes.NewReader(a.Layout))
				if artifact.CodeOf(err) != "" {
					continue // a refusal, and no half-done thing
				}
				if err != nil {
					return err
				}
				var out bytes.Buffer
				err = m.Pull(ctx, owner, pushed.Digest, &out)
				if artifact.CodeOf(err) != "" {
					continue // collected whole meanwhile
				}
				if err != nil || !bytes.Equal(out.Bytes(), a.Layout) {
					return errors.Join(errors.New("what was pushed came back broken"), err)
				}
			}
			return nil
		})
	}
	err := pushers.Wait()
	close(ended)
	require.NoError(t, errors.Join(err, g.Wait()))
}

func TestWhoIsToldThatABlobIsThereMayRelyOnIt(t *testing.T) {
	t.Parallel()
	m := newTimed(t, nil)
	base := "/v2/" + artifacttest.Ours.Repository() + "/blobs/"
	blob := m.visit(t, artifacttest.Ours).upload(artifacttest.Ours, "a layer that no manifest names yet")
	m.passes(grace - time.Minute)
	status, _ := m.visit(t, artifacttest.Ours).status("HEAD", base+blob, "")
	require.Equal(t, http.StatusOK, status)
	m.passes(token.Life)
	require.Equal(t, registry.Collected{}, m.collect(t))
	m.passes(grace - token.Life + time.Minute)
	require.Equal(t, registry.Collected{Links: 1, Blobs: 1}, m.collect(t))
	status, _ = m.visit(t, artifacttest.Ours).status("HEAD", base+blob, "")
	require.Equal(t, http.StatusNotFound, status)
}
