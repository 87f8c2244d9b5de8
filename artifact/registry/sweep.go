package registry

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/blob"
)

// needed returns the tags of the artifacts that an organization's releases may need.
func (r *Registry) needed(ctx context.Context, org string) ([]string, error) {
	digests, err := r.opts.Needed(ctx, org)
	if err != nil {
		return nil, err
	}
	tags := make([]string, 0, len(digests))
	for _, d := range digests {
		tags = append(tags, artifact.Tag(d))
	}
	return tags, nil
}

// expireUploads ends uploads that nobody wrote to for a grace. Their objects are waste then.
func (r *Registry) expireUploads(ctx context.Context, done *Collected) error {
	err := r.all(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM artifact_upload WHERE touched_at < $1`, r.now().Add(-r.opts.Grace))
		done.Uploads += int(tag.RowsAffected())
		return err
	})
	return wrap(err, "expire uploads")
}

// sweepBatch is how many objects are looked up at once.
const sweepBatch = 500

// sweepObjects deletes objects that no row names. An object's row comes before the object, and no name is used twice:
// one without a row never gets one.
func (r *Registry) sweepObjects(ctx context.Context, done *Collected) error {
	var batch []blob.Name
	for name, err := range r.opts.Blobs.Objects(ctx) {
		if err != nil {
			return wrap(err, "list objects")
		}
		if batch = append(batch, name); len(batch) == sweepBatch {
			if err := r.sweepSome(ctx, batch, done); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return r.sweepSome(ctx, batch, done)
}

func (r *Registry) sweepSome(ctx context.Context, batch []blob.Name, done *Collected) error {
	ids := make([]string, 0, len(batch))
	for _, name := range batch {
		ids = append(ids, name.ID)
	}
	named := map[string]bool{}
	err := r.all(ctx, func(tx pgx.Tx) error {
		// One statement, one snapshot: an upload that becomes a blob is seen as one or the other.
		rows, err := tx.Query(ctx, `SELECT id FROM artifact_upload WHERE id = ANY($1)
			UNION ALL SELECT object FROM artifact_blob WHERE object = ANY($1)`, ids)
		if err != nil {
			return err
		}
		var id string
		_, err = pgx.ForEachRow(rows, []any{&id}, func() error { named[id] = true; return nil })
		return err
	})
	if err != nil {
		return wrap(err, "look objects up")
	}
	for _, name := range batch {
		if named[name.ID] {
			continue
		}
		if err := r.opts.Blobs.Delete(ctx, name); err != nil {
			return wrap(err, "delete waste")
		}
		done.Objects++
	}
	return nil
}
