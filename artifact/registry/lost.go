package registry

import (
	"context"
	"errors"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/blob"
)

// open opens a blob's object. One that is lost, such as after the restore of an older folder, takes along what was said
// to be whole with it: then a server that holds the artifact can push it again.
func (r *Registry) open(ctx context.Context, name blob.Name, digest string, offset int64) (io.ReadCloser, error) {
	body, err := r.opts.Blobs.Open(ctx, name, offset)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, r.lost(ctx, name, digest)
	}
	return body, wrap(err, "open a blob")
}

// errAway says that the store does not look as it did: a folder that is not mounted has lost nothing.
var errAway = errors.New("artifact registry: the folder of artifacts is not there: is its file system mounted?")

// lost forgets a blob without an object, with all manifests that name it.
func (r *Registry) lost(ctx context.Context, name blob.Name, digest string) error {
	if identity, err := r.opts.Blobs.Identity(ctx); err != nil || identity != r.identity {
		return errors.Join(errAway, err)
	}
	forgotten := int64(0)
	err := r.of(ctx, name.Organization, func(tx pgx.Tx) error {
		// A blob that was collected meanwhile had its row deleted before its object, and lost nothing.
		var there bool
		if err := tx.QueryRow(ctx, `SELECT true FROM artifact_blob
			WHERE org_id = $1 AND digest = $2 AND object = $3 FOR UPDATE`,
			name.Organization, digest, name.ID).Scan(&there); err != nil {
			return err
		}
		forgotten = 0
		for _, query := range []string{
			`DELETE FROM artifact_manifest m USING artifact_child c, artifact_reference f
				WHERE m.org_id = $1 AND c.org_id = $1 AND f.org_id = $1 AND f.digest = $2
				AND c.service_id = f.service_id AND c.digest = f.manifest
				AND m.service_id = c.service_id AND m.digest = c.manifest`,
			`DELETE FROM artifact_manifest m USING artifact_reference f
				WHERE m.org_id = $1 AND f.org_id = $1 AND f.digest = $2
				AND m.service_id = f.service_id AND m.digest = f.manifest`,
			`DELETE FROM artifact_link WHERE org_id = $1 AND digest = $2`,
			`DELETE FROM artifact_blob WHERE org_id = $1 AND digest = $2`,
		} {
			tag, err := tx.Exec(ctx, query, name.Organization, digest)
			if err != nil {
				return err
			}
			forgotten += tag.RowsAffected()
		}
		return nil
	})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return wrap(err, "forget a lost blob")
	}
	if err == nil {
		r.metrics.lost.Inc()
		r.log.Error("registry: a blob is lost; what named it is forgotten and can be pushed again",
			"organization", name.Organization, "blob", digest, "object", name.ID, "rows", forgotten)
	}
	return artifact.Errorf(
		artifact.BlobUnknown,
		"the registry does not have blob %s any more: push the artifact again",
		digest,
	)
}
