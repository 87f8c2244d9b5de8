package registry

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/syntra-dev/syntra/artifact"
)

// Places know which artifact is where: on which servers, as their agents told, and in the registry.
type Places struct{ database }

// NewPlaces reads and writes a database; now is the clock, nil is time.Now.
func NewPlaces(pool *pgxpool.Pool, now func() time.Time) *Places {
	if now == nil {
		now = time.Now
	}
	return &Places{database{pool, now}}
}

// settles is how long a location that was just added is believed against an agent's word, which may be older.
const settles = 2 * time.Minute

// Tell records which artifacts a server holds: all that its agent told last, and no others.
func (p *Places) Tell(ctx context.Context, org, serverID string, artifacts []string) error {
	held := []string{}
	for _, a := range artifacts {
		if artifact.IsDigest(a) {
			held = append(held, a)
		}
	}
	err := p.of(ctx, org, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM artifact_location
			WHERE org_id = $1 AND server_id = $2 AND artifact <> ALL($3) AND at < $4`,
			org, serverID, held, p.now().Add(-settles))
		if err != nil {
			return err
		}
		return p.add(ctx, tx, org, serverID, held)
	})
	return wrap(err, "record what server "+serverID+" holds")
}

// Add records that a server holds an artifact, as it has just said in answer to a command.
func (p *Places) Add(ctx context.Context, org, serverID, digest string) error {
	err := p.of(ctx, org, func(tx pgx.Tx) error { return p.add(ctx, tx, org, serverID, []string{digest}) })
	return wrap(err, "record that server "+serverID+" holds "+digest)
}

func (p *Places) add(ctx context.Context, tx pgx.Tx, org, serverID string, held []string) error {
	_, err := tx.Exec(ctx, `INSERT INTO artifact_location (org_id, server_id, artifact, at)
		SELECT $1, $2, a, $4 FROM (SELECT DISTINCT unnest($3::text[]) AS a) told ORDER BY a ON CONFLICT DO NOTHING`,
		org, serverID, held, p.now())
	return err
}

// Forget forgets what a server holds.
func (p *Places) Forget(ctx context.Context, org, serverID string) error {
	err := p.of(ctx, org, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM artifact_location WHERE org_id = $1 AND server_id = $2`, org, serverID)
		return err
	})
	return wrap(err, "forget what server "+serverID+" held")
}

// Locations returns where an artifact of an organization is: servers in the order in which they told of it first, then
// the registry.
func (p *Places) Locations(ctx context.Context, org, digest string) ([]artifact.Location, error) {
	out := []artifact.Location{}
	err := p.of(ctx, org, func(tx pgx.Tx) error {
		out = out[:0]
		rows, err := tx.Query(
			ctx,
			`SELECT server_id, at, true FROM artifact_location WHERE org_id = $1 AND artifact = $2
			UNION ALL
			SELECT DISTINCT ON (m.org_id) '', m.pushed_at, false FROM artifact_tag t JOIN artifact_manifest m
				ON m.org_id = t.org_id AND m.service_id = t.service_id AND m.digest = t.manifest
			WHERE t.org_id = $1 AND t.tag = $3
			ORDER BY 3 DESC, 2, 1`,
			org,
			digest,
			artifact.Tag(digest),
		)
		if err != nil {
			return err
		}
		var l artifact.Location
		var at time.Time
		var server bool
		_, err = pgx.ForEachRow(rows, []any{&l.Server, &at, &server}, func() error {
			l.Since = at
			out = append(out, l)
			return nil
		})
		return err
	})
	return out, wrap(err, "look where an artifact is")
}
