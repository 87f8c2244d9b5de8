// Package remote reaches an artifact registry over HTTP, as the OCI distribution specification says. It is what agents
// have of the registry.
package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

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
func (s *Store) Push(ctx context.Context, owner artifact.Owner, digest string, content io.Reader) (pushed artifact.Manifest, err error) {
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
		return pushed, artifact.Errorf(artifact.ManifestInvalid, "the layout's root is %s and not its last manifest", root.Digest)
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
	res, err = s.do(ctx, http.MethodPut, at.String(), body, d.Size, http.Header{"Content-Type": {"application/octet-stream"}})
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

// Has implements artifact.Store.
func (s *Store) Has(ctx context.Context, owner artifact.Owner, manifest string) (bool, error) {
	res, err := s.do(ctx, http.MethodHead, s.path(owner, "manifests", manifest), nil, -1, nil)
	if artifact.CodeOf(err) == artifact.ManifestUnknown {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask the registry: %w", err)
	}
	return true, res.Body.Close()
}

// List implements artifact.Store.
func (s *Store) List(ctx context.Context, owner artifact.Owner) ([]artifact.Manifest, error) {
	out := []artifact.Manifest{}
	last := ""
	for {
		tags, err := s.tags(ctx, owner, last)
		if err != nil || len(tags) == 0 {
			return out, err
		}
		for _, tag := range tags {
			digest, ok := artifact.OfTag(tag)
			if !ok {
				continue
			}
			d, _, err := s.manifest(ctx, owner, tag)
			if artifact.CodeOf(err) == artifact.ManifestUnknown {
				continue // deleted meanwhile
			}
			if err != nil {
				return out, fmt.Errorf("list the registry: %w", err)
			}
			out = append(out, artifact.Manifest{Digest: d.Digest.String(), Artifact: digest})
		}
		last = tags[len(tags)-1]
	}
}

func (s *Store) tags(ctx context.Context, owner artifact.Owner, last string) ([]string, error) {
	res, err := s.do(ctx, http.MethodGet, s.path(owner, "tags", "list")+"?"+url.Values{"last": {last}}.Encode(), nil, -1, nil)
	if err != nil {
		return nil, fmt.Errorf("list the registry: %w", err)
	}
	defer res.Body.Close()
	var page struct {
		Tags []string `json:"tags"`
	}
	err = json.NewDecoder(res.Body).Decode(&page)
	return page.Tags, err
}

// Delete implements artifact.Store.
func (s *Store) Delete(ctx context.Context, owner artifact.Owner, manifest string) error {
	res, err := s.do(ctx, http.MethodDelete, s.path(owner, "manifests", manifest), nil, -1, nil)
	if artifact.CodeOf(err) == artifact.ManifestUnknown {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete from the registry: %w", err)
	}
	return res.Body.Close()
}

func (s *Store) path(owner artifact.Owner, kind, name string) string {
	return strings.TrimRight(s.URL, "/") + "/v2/" + owner.Repository() + "/" + kind + "/" + name
}

// do sends a request and answers only good responses.
func (s *Store) do(ctx context.Context, method, address string, body io.Reader, size int64, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	for key, values := range header {
		req.Header[key] = values
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	if size >= 0 {
		req.ContentLength = size
	}
	if size == 0 {
		req.Body = http.NoBody
	}
	client := s.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	var told *url.Error
	if errors.As(err, &told) {
		return nil, fmt.Errorf("reach the registry at %s: %w", req.URL.Host, told.Err)
	}
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	return nil, refusal(res)
}
