package registry

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/blob"
)

// touchEvery is how exactly the last use of a thing is kept: reading it often writes nothing.
const touchEvery = time.Minute

// statBlob returns a blob's object and size. Whoever asks may be about to push a manifest that names it: it stays for
// the grace from now on.
func (r *Registry) statBlob(ctx context.Context, owner artifact.Owner, digest string) (blob.Name, int64, error) {
	name, size := blob.Name{Organization: owner.Organization}, int64(0)
	err := r.of(ctx, owner.Organization, func(tx pgx.Tx) error {
		now := r.now()
		if _, err := tx.Exec(ctx, `UPDATE artifact_link SET used_at = $4
			WHERE org_id = $1 AND service_id = $2 AND digest = $3 AND used_at < $5`,
			owner.Organization, owner.Service, digest, now, now.Add(-touchEvery)); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT b.object, b.size_bytes
			FROM artifact_link l JOIN artifact_blob b USING (org_id, digest)
			WHERE l.org_id = $1 AND l.service_id = $2 AND l.digest = $3`,
			owner.Organization, owner.Service, digest).
			Scan(&name.ID, &size)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return name, 0, artifact.Errorf(
			artifact.BlobUnknown,
			"the registry has no blob %.80s of %s",
			digest,
			owner.Repository(),
		)
	}
	return name, size, wrap(err, "look for a blob")
}

// openBlob opens a blob from an offset on.
func (r *Registry) openBlob(
	ctx context.Context,
	owner artifact.Owner,
	digest string,
	offset int64,
) (io.ReadCloser, int64, error) {
	name, size, err := r.statBlob(ctx, owner, digest)
	if err != nil {
		return nil, 0, err
	}
	body, err := r.open(ctx, name, digest, offset)
	return body, size, err
}
