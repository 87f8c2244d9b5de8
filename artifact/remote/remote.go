// Package remote reaches an artifact registry over HTTP, as the OCI distribution specification says. It is what agents
// have of the registry.
package remote

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/layout"
)

// Store is a registry as one token opens it: one owner's artifacts.
type Store struct {
	// URL of the registry, http(s)://host[:port].
	URL string
	// Token is shown with each request.
	Token string
	// HTTP dials; nil is http.DefaultClient. It must have no Timeout: blobs can be big.
	HTTP *http.Client
}

var _ artifact.Store = (*Store)(nil)

// Push implements artifact.Store. Blobs that the registry has already are not sent.
func (s *Store) Push(
	ctx context.Context,
	owner artifact.Owner,
	digest string,
	content io.Reader,
) (pushed artifact.Manifest, err error) {
	if !artifact.IsDigest(digest) {
		return pushed, artifact.Errorf(artifact.DigestInvalid, "%.80q is no artifact's digest", digest)
	}
	sizes := map[string]int64{}
	var last v1.Descriptor
	var raw []byte
	root, err := layout.Read(ctx, content, layout.Visitor{
		Blob: func(ctx context.Context, d v1.Descriptor, body io.Reader) error {
			sizes[d.Digest.String()] = d.Size
			return s.pushBlob(ctx, owner, d, body)
		},
		Manifest: func(ctx context.Context, d v1.Descriptor, body []byte) error {
			sizes[d.Digest.String()], last, raw = d.Size, d, body
			return s.putManifest(ctx, owner, d.Digest.String(), d.MediaType, body)
		},
	})
	if err != nil {
		return pushed, fmt.Errorf("push to the registry: %w", err)
	}
	if last.Digest != root.Digest {
		return pushed, artifact.Errorf(
			artifact.ManifestInvalid,
			"the layout's root is %s and not its last manifest",
			root.Digest,
		)
	}
	// The tag comes last: it makes the artifact exist.
	if err := s.putManifest(ctx, owner, artifact.Tag(digest), last.MediaType, raw); err != nil {
		return pushed, fmt.Errorf("push to the registry: %w", err)
	}
	pushed = artifact.Manifest{Digest: root.Digest.String(), Artifact: digest}
	for _, size := range sizes {
		pushed.SizeBytes += size
	}
	return pushed, nil
}

func (s *Store) putManifest(ctx context.Context, owner artifact.Owner, reference, mediaType string, raw []byte) error {
	return s.patiently(ctx, func() error {
		res, err := s.do(
			ctx,
			http.MethodPut,
			s.path(owner, "manifests", reference),
			bytes.NewReader(raw),
			int64(len(raw)),
			http.Header{"Content-Type": {mediaType}},
		)
		if err != nil {
			return err
		}
		return res.Body.Close()
	})
}

// Pull implements artifact.Store.
func (s *Store) Pull(ctx context.Context, owner artifact.Owner, manifest string, to io.Writer) error {
	root, _, err := s.manifest(ctx, owner, manifest)
	if err != nil {
		return fmt.Errorf("pull from the registry: %w", err)
	}
	err = layout.Write(ctx, to, root, func(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
		if layout.IsManifest(d.MediaType) {
			_, raw, err := s.manifest(ctx, owner, d.Digest.String())
			return io.NopCloser(bytes.NewReader(raw)), err
		}
		return &resumed{ctx: ctx, store: s, owner: owner, d: d}, nil
	})
	if err != nil {
		return fmt.Errorf("pull from the registry: %w", err)
	}
	return nil
}

// manifest gets a manifest. One that is asked for by its digest is verified.
func (s *Store) manifest(
	ctx context.Context,
	owner artifact.Owner,
	reference string,
) (d v1.Descriptor, raw []byte, err error) {
	err = s.patiently(ctx, func() error {
		accept := http.Header{"Accept": layout.ManifestTypes()}
		res, err := s.do(ctx, http.MethodGet, s.path(owner, "manifests", reference), nil, -1, accept)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if raw, err = io.ReadAll(io.LimitReader(res.Body, layout.MaxManifest+1)); err != nil {
			return lost{err}
		}
		d = layout.Descriptor(res.Header.Get("Content-Type"), raw)
		return nil
	})
	if err == nil && artifact.IsDigest(reference) && d.Digest.String() != reference {
		err = fmt.Errorf("the registry sent manifest %s for %s", d.Digest, reference)
	}
	return d, raw, err
}
