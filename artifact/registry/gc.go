package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/syntra-dev/syntra/artifact/blob"
)

// Collected counts what one collection did.
type Collected struct {
	Marked, Manifests, Links, Blobs, Uploads, Objects int
}

// Run collects garbage until ctx ends. Several replicas may run it at once.
func (r *Registry) Run(ctx context.Context) error {
	tick := time.NewTicker(r.opts.Collect)
	defer tick.Stop()
	for {
		done, err := r.Collect(ctx)
		r.metrics.collect(done)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // asked to end
		case err != nil:
			r.log.Error("registry: garbage stays; trying again later", "error", err)
		}
		if done != (Collected{Marked: done.Marked}) {
			r.log.Info(
				"registry: collected garbage",
				"manifests",
				done.Manifests,
				"links",
				done.Links,
				"blobs",
				done.Blobs,
				"uploads",
				done.Uploads,
				"objects",
				done.Objects,
			)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Collect looks for garbage once.
//
//	manifest ──no release needs it, not used for a grace──► marked ──a grace later, still so──► deleted
//	   ▲                                                      │
//	   └───────── pushed, pulled, promised or needed ─────────┘
//
// It stops no writer. What a push relies on is safe from the moment the push relies on it: a link that was asked for or
// pushed stays for the grace, which is longer than any token lives; one that a manifest names is held by a foreign key.
// A link's bytes go with the last link, and only an object that no row names is deleted.
func (r *Registry) Collect(ctx context.Context) (Collected, error) {
	var done Collected
	if r.stranger != nil {
		return done, r.stranger
	}
	orgs, err := r.organizations(ctx)
	if err != nil {
		return done, err
	}
	var failed []error
	for _, org := range orgs {
		// One organization whose releases are not known now holds up its own garbage only.
		if err := r.collectManifests(ctx, org, &done); err != nil {
			failed = append(failed, fmt.Errorf("of organization %s: %w", org, err))
		}
		if err := r.collectLinks(ctx, org, &done); err != nil {
			failed = append(failed, fmt.Errorf("of organization %s: %w", org, err))
		}
	}
	failed = append(failed, r.expireUploads(ctx, &done), r.sweepObjects(ctx, &done))
	return done, errors.Join(failed...)
}

func (r *Registry) organizations(ctx context.Context) (orgs []string, err error) {
	err = r.all(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT org_id FROM artifact_manifest UNION SELECT org_id FROM artifact_blob`)
		if err != nil {
			return err
		}
		orgs, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return orgs, wrap(err, "list organizations")
}

// needless are manifests that no release needs: none of their tags names a needed artifact, and no index holds them.
const needless = `NOT EXISTS (SELECT FROM artifact_tag t WHERE t.org_id = m.org_id AND t.service_id = m.service_id
		AND t.manifest = m.digest AND t.tag = ANY($2))
	AND NOT EXISTS (SELECT FROM artifact_child c WHERE c.org_id = m.org_id AND c.service_id = m.service_id
		AND c.digest = m.digest)`

// collectManifests marks and deletes. What is needed is asked anew each time, so that a mark alone deletes nothing.
func (r *Registry) collectManifests(ctx context.Context, org string, done *Collected) error {
	if r.opts.Needed == nil {
		return nil
	}
	// now before needed: whatever begins to need a manifest after this and says so by using it is seen below.
	now := r.now()
	needed, err := r.needed(ctx, org)
	if err != nil {
		return err
	}
	before := now.Add(-r.opts.Grace)
	err = r.of(ctx, org, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE artifact_manifest m SET marked_at = NULL
			WHERE org_id = $1 AND marked_at IS NOT NULL AND NOT (`+needless+`)`, org, needed); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE artifact_manifest m SET marked_at = $4
			WHERE org_id = $1 AND marked_at IS NULL AND used_at < $3 AND `+needless, org, needed, before, now)
		done.Marked += int(tag.RowsAffected())
		return err
	})
	if err != nil {
		return wrap(err, "mark manifests")
	}
	err = r.of(ctx, org, func(tx pgx.Tx) error {
		// used_at decides under the row's lock: whoever used it meanwhile has taken the mark away.
		tag, err := tx.Exec(ctx, `DELETE FROM artifact_manifest m
			WHERE org_id = $1 AND marked_at < $3 AND used_at < $3 AND `+needless, org, needed, before)
		done.Manifests += int(tag.RowsAffected())
		return err
	})
	return wrap(err, "delete manifests")
}

// collectLinks deletes links that no manifest holds and nobody asked for lately, then blobs without a link.
func (r *Registry) collectLinks(ctx context.Context, org string, done *Collected) error {
	before := r.now().Add(-r.opts.Grace)
	err := r.of(ctx, org, func(tx pgx.Tx) error {
		// Locked first: the second statement sees every manifest that was pushed until then, and a manifest that comes
		// later waits and finds the link gone.
		rows, err := tx.Query(ctx, `SELECT service_id, digest FROM artifact_link l WHERE org_id = $1 AND used_at < $2
			AND NOT EXISTS (SELECT FROM artifact_reference f
				WHERE f.org_id = l.org_id AND f.service_id = l.service_id AND f.digest = l.digest)
			ORDER BY digest LIMIT 1000 FOR UPDATE SKIP LOCKED`, org, before)
		if err != nil {
			return err
		}
		var services, names []string
		var service, name string
		if _, err := pgx.ForEachRow(rows, []any{&service, &name}, func() error {
			services, names = append(services, service), append(names, name)
			return nil
		}); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `DELETE FROM artifact_link l
			USING unnest($2::text[], $3::text[]) AS old(service_id, digest)
			WHERE l.org_id = $1 AND l.service_id = old.service_id AND l.digest = old.digest
			AND NOT EXISTS (SELECT FROM artifact_reference f
				WHERE f.org_id = l.org_id AND f.service_id = l.service_id AND f.digest = l.digest)`,
			org, services, names)
		done.Links += int(tag.RowsAffected())
		return err
	})
	if err != nil {
		return wrap(err, "delete links")
	}
	var objects []string
	err = r.of(ctx, org, func(tx pgx.Tx) error {
		objects = nil
		if _, err := tx.Exec(ctx, `SELECT FROM artifact_blob b WHERE org_id = $1
			AND NOT EXISTS (SELECT FROM artifact_link l WHERE l.org_id = b.org_id AND l.digest = b.digest)
			ORDER BY digest FOR UPDATE SKIP LOCKED`, org); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `DELETE FROM artifact_blob b WHERE org_id = $1
			AND NOT EXISTS (SELECT FROM artifact_link l WHERE l.org_id = b.org_id AND l.digest = b.digest)
			RETURNING object`, org)
		if err != nil {
			return err
		}
		objects, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return wrap(err, "delete blobs")
	}
	done.Blobs += len(objects)
	for _, id := range objects { // what a failure leaves, the sweep finds
		if err := r.opts.Blobs.Delete(ctx, blob.Name{Organization: org, ID: id}); err != nil {
			return wrap(err, "delete a blob")
		}
	}
	return nil
}
