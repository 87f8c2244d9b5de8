package registry

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/syntra-dev/syntra/artifact"
	"github.com/syntra-dev/syntra/artifact/token"
)

// PushToken returns a token by which artifacts of the owner can be pushed, for life, at most token.Life.
func (r *Registry) PushToken(owner artifact.Owner, life time.Duration) (string, error) {
	return r.opts.Tokens.Make(token.Scope{Owner: owner, Push: true}, life)
}

// PullToken returns the manifest that carries an artifact of the owner, and a token to pull it. From now on the
// manifest stays for the grace, even if no release needs it. An artifact that the registry does not have, or not any
// more, is an *artifact.Error of code ManifestUnknown.
func (r *Registry) PullToken(
	ctx context.Context,
	owner artifact.Owner,
	digest string,
	life time.Duration,
) (manifest, secret string, err error) {
	err = r.of(ctx, owner.Organization, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT manifest FROM artifact_tag
			WHERE org_id = $1 AND service_id = $2 AND tag = $3`,
			owner.Organization, owner.Service, artifact.Tag(digest)).Scan(&manifest); err != nil {
			return err
		}
		return r.touch(ctx, tx, owner, manifest)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", unknownManifest(owner, digest)
	}
	if err != nil {
		return "", "", wrap(err, "promise an artifact")
	}
	secret, err = r.opts.Tokens.Make(token.Scope{Owner: owner}, life)
	return manifest, secret, err
}
