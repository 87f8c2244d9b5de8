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

func (s *Store) pushBlob(ctx context.Context, owner artifact.Owner, d v1.Descriptor, body io.Reader) error {
	res, err := s.do(ctx, http.MethodHead, s.path(owner, "blobs", d.Digest.String()), nil, -1, nil)
	if err == nil {
		return res.Body.Close()
	}
	if artifact.CodeOf(err) != artifact.BlobUnknown {
		return err
	}
	res, err = s.do(ctx, http.MethodPost, s.path(owner, "blobs", "uploads")+"/", nil, 0, nil)
	if err != nil {
		return err
	}
	_ = res.Body.Close() // it is empty
	at, err := res.Request.URL.Parse(res.Header.Get("Location"))
	if err != nil {
		return fmt.Errorf("the registry names no place for an upload: %w", err)
	}
	if at.Host != res.Request.URL.Host {
		return fmt.Errorf("the registry sends uploads to another host, %s", at.Host) // the token is not for it
	}
	query := at.Query()
	query.Set("digest", d.Digest.String())
	at.RawQuery = query.Encode()
	// What it sends is verified as it is read: a blob that is not whole breaks the request.
	res, err = s.do(
		ctx,
		http.MethodPut,
		at.String(),
		body,
		d.Size,
		http.Header{"Content-Type": {"application/octet-stream"}},
	)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

func (s *Store) putManifest(ctx context.Context, owner artifact.Owner, reference, mediaType string, raw []byte) error {
	res, err := s.do(ctx, http.MethodPut, s.path(owner, "manifests", reference), bytes.NewReader(raw), int64(len(raw)),
		http.Header{"Content-Type": {mediaType}})
	if err != nil {
		return err
	}
	return res.Body.Close()
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
		res, err := s.do(ctx, http.MethodGet, s.path(owner, "blobs", d.Digest.String()), nil, -1, nil)
		if err != nil {
			return nil, err
		}
		return res.Body, nil
	})
	if err != nil {
		return fmt.Errorf("pull from the registry: %w", err)
	}
	return nil
}

// manifest gets a manifest. One that is asked for by its digest is verified.
func (s *Store) manifest(ctx context.Context, owner artifact.Owner, reference string) (v1.Descriptor, []byte, error) {
	accept := http.Header{"Accept": layout.ManifestTypes()}
	res, err := s.do(ctx, http.MethodGet, s.path(owner, "manifests", reference), nil, -1, accept)
	if err != nil {
		return v1.Descriptor{}, nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, layout.MaxManifest+1))
	if err != nil {
		return v1.Descriptor{}, nil, err
	}
	d := layout.Descriptor(res.Header.Get("Content-Type"), raw)
	if artifact.IsDigest(reference) && d.Digest.String() != reference {
		return d, nil, fmt.Errorf("the registry sent manifest %s for %s", d.Digest, reference)
	}
	return d, raw, nil
}
