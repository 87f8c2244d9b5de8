package registry

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/layout"
)

// tagPattern is what a registry allows as a tag.
var tagPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)

// putManifest keeps a manifest whose blobs are here already, under its digest and, unless it is "", under a tag.
func (r *Registry) putManifest(
	ctx context.Context,
	owner artifact.Owner,
	tag, mediaType string,
	raw []byte,
) (artifact.Manifest, error) {
	refs, err := layout.Parse(mediaType, raw)
	if err != nil {
		return artifact.Manifest{}, artifact.Errorf(artifact.ManifestInvalid, "%v", err)
	}
	m := artifact.Manifest{Digest: layout.Descriptor(mediaType, raw).Digest.String(), PushedAt: r.now()}
	m.Artifact, _ = artifact.OfTag(tag)
	blobs, children := digests(refs.Blobs), digests(refs.Manifests)
	err = r.of(ctx, owner.Organization, func(tx pgx.Tx) error {
		named, err := r.useNamed(ctx, tx, owner, blobs, children)
		if err != nil {
			return err
		}
		m.SizeBytes = named + int64(len(raw))
		if _, err := tx.Exec(ctx, `INSERT INTO artifact_manifest
				(org_id, service_id, digest, media_type, content, size_bytes, pushed_at, used_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
			ON CONFLICT (org_id, service_id, digest) DO UPDATE SET used_at = excluded.used_at, marked_at = NULL`,
			owner.Organization, owner.Service, m.Digest, mediaType, raw, m.SizeBytes, m.PushedAt); err != nil {
			return err
		}
		for table, names := range map[string][]string{"artifact_reference": blobs, "artifact_child": children} {
			if _, err := tx.Exec(ctx, `INSERT INTO `+table+` (org_id, service_id, manifest, digest)
				SELECT $1, $2, $3, unnest($4::text[]) ON CONFLICT DO NOTHING`,
				owner.Organization, owner.Service, m.Digest, names); err != nil {
				return err
			}
		}
		if tag != "" {
			if _, err := tx.Exec(ctx, `INSERT INTO artifact_tag (org_id, service_id, tag, manifest)
				VALUES ($1, $2, $3, $4)
				ON CONFLICT (org_id, service_id, tag) DO UPDATE SET manifest = excluded.manifest`,
				owner.Organization, owner.Service, tag, m.Digest); err != nil {
				return err
			}
		}
		_, err = r.room(ctx, tx, owner.Organization)
		return err
	})
	return m, wrap(err, "keep a manifest")
}

// useNamed locks what a manifest is about to name, in one order for all, and sums it. What is missing is a refusal.
func (r *Registry) useNamed(
	ctx context.Context,
	tx pgx.Tx,
	owner artifact.Owner,
	blobs, children []string,
) (size int64, err error) {
	take := func(query string, want []string) error {
		rows, err := tx.Query(ctx, query, owner.Organization, owner.Service, want)
		if err != nil {
			return err
		}
		var found []string
		var digest string
		var bytes int64
		if _, err := pgx.ForEachRow(rows, []any{&digest, &bytes}, func() error {
			found, size = append(found, digest), size+bytes
			return nil
		}); err != nil {
			return err
		}
		for _, d := range want {
			if !slices.Contains(found, d) {
				return artifact.Errorf(
					artifact.ManifestBlobUnknown,
					"the manifest names %s, which was not pushed to %s, or too long ago:"+
						" push it first",
					d,
					owner.Repository(),
				)
			}
		}
		return nil
	}
	err = take(
		`SELECT digest, (SELECT size_bytes FROM artifact_blob b WHERE b.org_id = l.org_id AND b.digest = l.digest)
		FROM artifact_link l WHERE org_id = $1 AND service_id = $2 AND digest = ANY($3) ORDER BY digest FOR UPDATE`,
		blobs,
	)
	if err == nil {
		err = take(`SELECT digest, size_bytes FROM artifact_manifest
			WHERE org_id = $1 AND service_id = $2 AND digest = ANY($3) ORDER BY digest FOR UPDATE`, children)
	}
	return size, err
}

func digests(of []v1.Descriptor) []string {
	out := make([]string, 0, len(of))
	for _, d := range of {
		out = append(out, d.Digest.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// kept is a manifest as it was pushed.
type kept struct {
	digest, mediaType string
	raw               []byte
}

// manifest returns a manifest by its digest or a tag.
func (r *Registry) manifest(ctx context.Context, owner artifact.Owner, reference string) (kept, error) {
	k := kept{digest: reference}
	err := r.of(ctx, owner.Organization, func(tx pgx.Tx) error {
		if !artifact.IsDigest(reference) {
			if err := tx.QueryRow(ctx, `SELECT manifest FROM artifact_tag
				WHERE org_id = $1 AND service_id = $2 AND tag = $3`,
				owner.Organization, owner.Service, reference).Scan(&k.digest); err != nil {
				return err
			}
		}
		if err := tx.QueryRow(ctx, `SELECT media_type, content FROM artifact_manifest
			WHERE org_id = $1 AND service_id = $2 AND digest = $3`,
			owner.Organization, owner.Service, k.digest).Scan(&k.mediaType, &k.raw); err != nil {
			return err
		}
		return r.touch(ctx, tx, owner, k.digest)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return k, unknownManifest(owner, reference)
	}
	return k, wrap(err, "read a manifest")
}

func unknownManifest(owner artifact.Owner, reference string) error {
	return artifact.Errorf(artifact.ManifestUnknown, "the registry has no %.80s of %s", reference, owner.Repository())
}

// touch says that a manifest is used now: it stays for the grace at least. It fails with pgx.ErrNoRows where garbage
// collection was faster.
func (r *Registry) touch(ctx context.Context, tx pgx.Tx, owner artifact.Owner, digest string) error {
	now, lately := r.now(), false
	var used time.Time
	err := tx.QueryRow(ctx, `SELECT used_at, used_at > $4 AND marked_at IS NULL FROM artifact_manifest
		WHERE org_id = $1 AND service_id = $2 AND digest = $3`,
		owner.Organization, owner.Service, digest, now.Add(-touchEvery)).Scan(&used, &lately)
	if err != nil || lately {
		return err
	}
	return tx.QueryRow(ctx, `UPDATE artifact_manifest SET used_at = $4, marked_at = NULL
		WHERE org_id = $1 AND service_id = $2 AND digest = $3 RETURNING used_at`,
		owner.Organization, owner.Service, digest, now).Scan(&used)
}

// tags returns a repository's tags after one, in order, at most n.
func (r *Registry) tags(ctx context.Context, owner artifact.Owner, after string, n int) ([]string, error) {
	var out []string
	err := r.of(ctx, owner.Organization, func(tx pgx.Tx) error {
		rows, err := tx.Query(
			ctx,
			`SELECT tag FROM artifact_tag WHERE org_id = $1 AND service_id = $2 AND tag > $3 ORDER BY tag LIMIT $4`,
			owner.Organization,
			owner.Service,
			after,
			n,
		)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return out, wrap(err, "list tags")
}

// deleteManifest forgets a manifest, or only a tag. What it named is garbage a grace later, if nothing else names it.
func (r *Registry) deleteManifest(ctx context.Context, owner artifact.Owner, reference string) error {
	query := `DELETE FROM artifact_tag WHERE org_id = $1 AND service_id = $2 AND tag = $3`
	if artifact.IsDigest(reference) {
		query = `DELETE FROM artifact_manifest WHERE org_id = $1 AND service_id = $2 AND digest = $3`
	}
	err := r.of(ctx, owner.Organization, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, query, owner.Organization, owner.Service, reference)
		if err == nil && tag.RowsAffected() == 0 {
			return unknownManifest(owner, reference)
		}
		return err
	})
	if raced(err) {
		return artifact.Errorf(artifact.Denied, "an index names manifest %.80s: delete the index first", reference)
	}
	return wrap(err, "delete a manifest")
}
