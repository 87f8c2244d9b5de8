package registry

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// errStranger says that the rows are about other objects than those that lie here. Serving would answer for bytes that
// are not here, and collecting garbage would delete whatever some other registry keeps here.
var errStranger = errors.New("this replica's folder of artifacts is not the one that the registry's database knows:" +
	" start all replicas with one shared folder (--artifacts). If that folder is lost for good, forget what was in it" +
	" with `syntra registry reset`")

// claim makes the blob store the database's, if it has none yet.
func (r *Registry) claim(ctx context.Context) error {
	identity, err := r.opts.Blobs.Identity(ctx)
	if err != nil {
		return wrap(err, "ask the store who it is")
	}
	known := identity
	err = r.all(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO artifact_store (id, identity) VALUES (1, $1) ON CONFLICT DO NOTHING`, identity)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT identity FROM artifact_store`).Scan(&known)
	})
	if err != nil {
		return wrap(err, "look which store the registry has")
	}
	if r.identity = identity; known != identity {
		r.stranger = errStranger
	}
	return nil
}

// Stranger returns why nothing is served here; nil is well.
func (r *Registry) Stranger() error { return r.stranger }

// Reset forgets all that the registry had, and takes the present store as its own from now on. What servers hold stays
// on record, and can be pushed again. Other replicas see it when they are started again.
func (r *Registry) Reset(ctx context.Context) error {
	identity, err := r.opts.Blobs.Identity(ctx)
	if err != nil {
		return wrap(err, "ask the store who it is")
	}
	err = r.all(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `TRUNCATE artifact_blob, artifact_link, artifact_upload, artifact_manifest,
			artifact_tag, artifact_reference, artifact_child`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO artifact_store (id, identity) VALUES (1, $1)
			ON CONFLICT (id) DO UPDATE SET identity = excluded.identity`, identity)
		return err
	})
	if err == nil {
		r.stranger, r.identity = nil, identity
	}
	return wrap(err, "reset the registry")
}
