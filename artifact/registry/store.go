package registry

import (
	"bytes"
	"context"
	"io"

	"github.com/jackc/pgx/v5"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/layout"
)

var _ artifact.Store = (*Registry)(nil)

// Push implements artifact.Store.
func (r *Registry) Push(
	ctx context.Context,
	owner artifact.Owner,
	digest string,
	content io.Reader,
) (pushed artifact.Manifest, err error) {
	if r.stranger != nil {
		return pushed, r.stranger
	}
	if !artifact.IsDigest(digest) {
		return pushed, artifact.Errorf(artifact.DigestInvalid, "%.80q is no artifact's digest", digest)
	}
	var top v1.Descriptor
	var raw []byte
	root, err := layout.Read(ctx, content, layout.Visitor{
		Blob: func(ctx context.Context, d v1.Descriptor, body io.Reader) error {
			return r.pushBlob(ctx, owner, d.Digest.String(), body)
		},
		Manifest: func(ctx context.Context, d v1.Descriptor, body []byte) error {
			top, raw = d, body // the last is the root, which gets the tag
			_, err := r.putManifest(ctx, owner, "", d.MediaType, body)
			return err
		},
	})
	if err != nil {
		return pushed, wrap(err, "push")
	}
	pushed, err = r.putManifest(ctx, owner, artifact.Tag(digest), top.MediaType, raw)
	if err == nil && pushed.Digest != root.Digest.String() {
		err = artifact.Errorf(
			artifact.ManifestInvalid,
			"the layout's root is %s and not its last manifest",
			root.Digest,
		)
	}
	return pushed, err
}

func (r *Registry) pushBlob(ctx context.Context, owner artifact.Owner, digest string, body io.Reader) error {
	if _, _, err := r.statBlob(ctx, owner, digest); artifact.CodeOf(err) != artifact.BlobUnknown {
		return err
	}
	u, err := r.begin(ctx, owner)
	if err != nil {
		return err
	}
	if u, err = r.write(ctx, u, body, -1); err != nil {
		return err
	}
	return r.commit(ctx, u, digest)
}

// Pull implements artifact.Store.
func (r *Registry) Pull(ctx context.Context, owner artifact.Owner, manifest string, to io.Writer) error {
	root, err := r.manifest(ctx, owner, manifest)
	if err != nil {
		return err
	}
	err = layout.Write(
		ctx,
		to,
		layout.Descriptor(root.mediaType, root.raw),
		func(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
			if layout.IsManifest(d.MediaType) {
				k, err := r.manifest(ctx, owner, d.Digest.String())
				return io.NopCloser(bytes.NewReader(k.raw)), err
			}
			body, _, err := r.openBlob(ctx, owner, d.Digest.String(), 0)
			return body, err
		},
	)
	return wrap(err, "pull")
}

// Has implements artifact.Store.
func (r *Registry) Has(ctx context.Context, owner artifact.Owner, manifest string) (bool, error) {
	_, err := r.manifest(ctx, owner, manifest)
	if artifact.CodeOf(err) == artifact.ManifestUnknown {
		return false, nil
	}
	return err == nil, err
}

// List implements artifact.Store.
func (r *Registry) List(ctx context.Context, owner artifact.Owner) ([]artifact.Manifest, error) {
	out := []artifact.Manifest{}
	err := r.of(ctx, owner.Organization, func(tx pgx.Tx) error {
		out = out[:0]
		rows, err := tx.Query(
			ctx,
			`SELECT t.tag, m.digest, m.size_bytes, m.pushed_at FROM artifact_tag t JOIN artifact_manifest m
				ON m.org_id = t.org_id AND m.service_id = t.service_id AND m.digest = t.manifest
			WHERE t.org_id = $1 AND t.service_id = $2 ORDER BY t.tag`,
			owner.Organization,
			owner.Service,
		)
		if err != nil {
			return err
		}
		var tag string
		var m artifact.Manifest
		_, err = pgx.ForEachRow(rows, []any{&tag, &m.Digest, &m.SizeBytes, &m.PushedAt}, func() error {
			if digest, ok := artifact.OfTag(tag); ok {
				m.Artifact = digest
				out = append(out, m)
			}
			return nil
		})
		return err
	})
	return out, wrap(err, "list artifacts")
}

// Delete implements artifact.Store.
func (r *Registry) Delete(ctx context.Context, owner artifact.Owner, manifest string) error {
	err := r.deleteManifest(ctx, owner, manifest)
	if artifact.CodeOf(err) == artifact.ManifestUnknown {
		return nil
	}
	return err
}
