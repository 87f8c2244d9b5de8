package registry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/blob"
)

// upload is a blob on its way in.
type upload struct {
	owner artifact.Owner
	id    string
	size  int64
}

func (u upload) object() blob.Name { return blob.Name{Organization: u.owner.Organization, ID: u.id} }

// begin makes an upload.
func (r *Registry) begin(ctx context.Context, owner artifact.Owner) (upload, error) {
	u := upload{owner: owner, id: strings.ToLower(rand.Text())}
	err := r.of(ctx, owner.Organization, func(tx pgx.Tx) error {
		if _, err := r.room(ctx, tx, owner.Organization); err != nil {
			return err
		}
		_, err := tx.Exec(
			ctx,
			`INSERT INTO artifact_upload (id, org_id, service_id, touched_at) VALUES ($1, $2, $3, $4)`,
			u.id,
			owner.Organization,
			owner.Service,
			r.now(),
		)
		return err
	})
	return u, wrap(err, "begin an upload")
}

// find returns an upload of the owner.
func (r *Registry) find(ctx context.Context, owner artifact.Owner, id string) (upload, error) {
	u := upload{owner: owner, id: id}
	err := r.of(ctx, owner.Organization, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `UPDATE artifact_upload SET touched_at = $4
			WHERE id = $1 AND org_id = $2 AND service_id = $3 RETURNING size_bytes`,
			id, owner.Organization, owner.Service, r.now()).Scan(&u.size)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return u, unknownUpload()
	}
	return u, wrap(err, "look for an upload")
}

func unknownUpload() error {
	return artifact.Errorf(artifact.BlobUploadUnknown, "this upload does not exist or has expired: begin a new one")
}

// meanwhile makes a refusal of what another request, or garbage collection, did to an upload's object.
func meanwhile(err error) error {
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return unknownUpload()
	case errors.Is(err, blob.ErrBusy):
		return artifact.Errorf(artifact.TooMany, "another request writes this upload now: wait for its end")
	}
	return err
}

// write appends a piece, of length bytes where that is known (else -1), and returns how far the upload is now.
func (r *Registry) write(ctx context.Context, u upload, piece io.Reader, length int64) (upload, error) {
	var room int64
	err := r.of(ctx, u.owner.Organization, func(tx pgx.Tx) (err error) {
		room, err = r.room(ctx, tx, u.owner.Organization)
		return err
	})
	if err == nil && length > room {
		err = r.overQuota()
	}
	if err != nil {
		return u, errors.Join(wrap(err, "write an upload"), r.drop(ctx, u))
	}
	bounded := &boundedReader{r: piece, left: room}
	n, err := r.opts.Blobs.Append(ctx, u.object(), u.size, bounded)
	if bounded.over {
		return u, errors.Join(r.overQuota(), r.drop(ctx, u))
	}
	if errors.Is(err, blob.ErrBusy) || errors.Is(err, blob.ErrNotFound) {
		return u, meanwhile(err)
	}
	r.metrics.received.Add(float64(n))
	was := u.size
	u.size += n
	// What came is kept, also when the connection broke: the pusher asks how far it came, and goes on.
	ctx = context.WithoutCancel(ctx)
	kept := r.of(ctx, u.owner.Organization, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE artifact_upload SET size_bytes = $3, touched_at = $4
			WHERE id = $1 AND size_bytes = $2`, u.id, was, u.size, r.now())
		if err == nil && tag.RowsAffected() == 0 {
			return artifact.Errorf(artifact.BlobUploadInvalid, "another request wrote meanwhile: ask how far the upload is")
		}
		return err
	})
	return u, wrap(errors.Join(err, kept), "write an upload")
}

// commit makes a blob of an upload, if it holds what digest says. The object is finished first: what is looked at cannot
// be written any more.
func (r *Registry) commit(ctx context.Context, u upload, digest string) error {
	if u.size == 0 { // an empty blob may have come without any piece
		if _, err := r.opts.Blobs.Append(ctx, u.object(), 0, strings.NewReader("")); err != nil {
			return wrap(meanwhile(err), "begin an object")
		}
	}
	if err := r.opts.Blobs.Finish(ctx, u.object(), u.size); err != nil {
		return wrap(meanwhile(err), "finish an upload")
	}
	sum, err := r.sum(ctx, u)
	if err != nil {
		return wrap(meanwhile(err), "read an upload")
	}
	if sum != digest {
		return errors.Join(
			artifact.Errorf(artifact.DigestInvalid, "what came is %s and should be %.80s: push it again", sum, digest),
			r.drop(ctx, u),
		)
	}
	known := false
	err = r.of(ctx, u.owner.Organization, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM artifact_upload WHERE id = $1`, u.id)
		if err == nil && tag.RowsAffected() == 0 {
			return unknownUpload()
		}
		if err != nil {
			return err
		}
		tag, err = tx.Exec(ctx, `INSERT INTO artifact_blob (org_id, digest, object, size_bytes, created_at)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org_id, digest) DO NOTHING`,
			u.owner.Organization, digest, u.id, u.size, r.now())
		if err != nil {
			return err
		}
		known = tag.RowsAffected() == 0
		if _, err := tx.Exec(ctx, `INSERT INTO artifact_link (org_id, service_id, digest, used_at)
			VALUES ($1, $2, $3, $4) ON CONFLICT (org_id, service_id, digest) DO UPDATE SET used_at = excluded.used_at`,
			u.owner.Organization, u.owner.Service, digest, r.now()); err != nil {
			return err
		}
		_, err = r.room(ctx, tx, u.owner.Organization)
		return err
	})
	if err != nil {
		return errors.Join(wrap(err, "keep a blob"), r.drop(ctx, u))
	}
	if known { // the organization has the same bytes already, from another service or another push
		return wrap(r.opts.Blobs.Delete(ctx, u.object()), "delete what was there already")
	}
	return nil
}

func (r *Registry) sum(ctx context.Context, u upload) (string, error) {
	object, err := r.opts.Blobs.Open(ctx, u.object(), 0)
	if err != nil {
		return "", err
	}
	defer object.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, io.LimitReader(object, u.size))
	if err == nil && n != u.size {
		err = fmt.Errorf("it has %d bytes and should have %d", n, u.size)
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil)), err
}

// drop ends an upload that comes to nothing.
func (r *Registry) drop(ctx context.Context, u upload) error {
	ctx = context.WithoutCancel(ctx)
	gone := false
	err := r.of(ctx, u.owner.Organization, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM artifact_upload WHERE id = $1 AND org_id = $2 AND service_id = $3`,
			u.id, u.owner.Organization, u.owner.Service)
		gone = tag.RowsAffected() > 0
		return err
	})
	if err == nil && gone {
		err = r.opts.Blobs.Delete(ctx, u.object())
	}
	return wrap(err, "drop an upload")
}

// boundedReader ends with an error where there is more than is left.
type boundedReader struct {
	r    io.Reader
	left int64
	over bool
}

var errOver = errors.New("over the quota")

// Read implements io.Reader.
func (b *boundedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1] // one more than allowed tells too much from just fitting
	}
	n, err := b.r.Read(p)
	if int64(n) > b.left {
		b.over = true
		return 0, errOver
	}
	b.left -= int64(n)
	return n, err
}

// wrap says what failed, unless that is a refusal for the caller.
func wrap(err error, what string) error {
	if err == nil || artifact.CodeOf(err) != "" {
		return err
	}
	return fmt.Errorf("artifact registry: %s: %w", what, err)
}
