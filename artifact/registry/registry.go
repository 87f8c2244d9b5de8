// Package registry keeps artifacts inside the platform: an OCI distribution registry whose bytes lie in a blob store and
// whose facts lie in PostgreSQL, so that several platform replicas serve one registry.
//
// # What belongs to whom
//
// A manifest, and the right to read a blob (a link), belong to one service of one organization. Bytes are kept once in an
// organization and are never shared between two: a digest that somebody guesses opens nothing, and a mount from another
// repository is answered as an ordinary upload.
//
// # What makes something exist
//
//	upload row ──► object written ──► object finished ──┐ one transaction
//	                                                    ├─► upload row gone, blob row, link
//	manifest row, references ◄── PUT manifest ──────────┘   (references hold links, links hold blobs: foreign keys)
//
// An object in the blob store exists only through its row: one that neither an upload nor a blob names is waste, however
// it came to be, and is deleted at any time. An object's name is never used again, so that a deletion that comes late hits
// nothing new.
//
// # Garbage
//
// See gc.go: manifests go in two phases, links and uploads by age, blobs with their last link. Nothing stops for it.
package registry

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/syntra-dev/syntra/artifact/blob"
	"github.com/syntra-dev/syntra/artifact/token"
)

// Options of a Registry. Pool, Blobs and Tokens are required.
type Options struct {
	Pool   *pgxpool.Pool
	Blobs  blob.Store
	Tokens *token.Signer
	// Quota bounds the bytes of one organization; 0 is unbounded.
	Quota int64
	// Needed returns the artifacts of an organization that some release may need. Garbage collection asks it before each
	// deletion of manifests, and deletes none where it fails. Without it no manifest is ever deleted.
	Needed func(ctx context.Context, org string) ([]string, error)
	// Grace is how long what seems to be garbage waits for somebody to need it. It must be longer than token.Life, so that
	// a push or pull that has begun ends before what it touched can go. Default 24 h.
	Grace time.Duration
	// Collect is how often garbage is collected. Default 1 h.
	Collect time.Duration
	Logger  *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Registry is one platform replica's face of the registry.
type Registry struct {
	opts Options
	log  *slog.Logger
	mux  *http.ServeMux
}

// New makes a registry. It serves at once; garbage is collected while Run runs.
func New(opts Options) (*Registry, error) {
	if opts.Grace == 0 {
		opts.Grace = 24 * time.Hour
	}
	if opts.Grace <= token.Life {
		return nil, errors.New("artifact registry: the grace of garbage must be longer than the life of a token")
	}
	if opts.Collect == 0 {
		opts.Collect = time.Hour
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	r := &Registry{opts: opts, log: opts.Logger.With("part", "registry")}
	r.mux = r.routes()
	return r, nil
}

// now is the clock's time with the precision that the database keeps.
func (r *Registry) now() time.Time { return r.opts.Now().UTC().Truncate(time.Microsecond) }

const (
	settingOrganization = "syntra.org_id"
	settingPlatform     = "syntra.artifacts"
)

// tries is how often a transaction is done when it met another one that was just deleting or locking the same rows.
const tries = 5

// of runs do in a transaction that sees the rows of one organization. It may run do several times.
func (r *Registry) of(ctx context.Context, org string, do func(pgx.Tx) error) error {
	return r.scoped(ctx, settingOrganization, org, do)
}

// all runs do in a transaction that sees the rows of all organizations. It may run do several times.
func (r *Registry) all(ctx context.Context, do func(pgx.Tx) error) error {
	return r.scoped(ctx, settingPlatform, "on", do)
}

func (r *Registry) scoped(ctx context.Context, setting, value string, do func(pgx.Tx) error) error {
	var err error
	for range tries {
		err = pgx.BeginFunc(ctx, r.opts.Pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SELECT set_config($1, $2, true)`, setting, value); err != nil {
				return err
			}
			return do(tx)
		})
		if !raced(err) {
			return err
		}
	}
	return err
}

// raced reports whether PostgreSQL refused because of what another transaction did at the same time: a row that was named
// is gone or a row to be deleted is named now (foreign keys), or two waited for each other.
func raced(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	return pg.Code == "23503" || pg.Code == "40P01" || pg.Code == "40001"
}
