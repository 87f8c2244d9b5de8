// Package registry keeps artifacts inside the platform: an OCI distribution registry whose bytes lie in a blob store and
// whose facts lie in PostgreSQL, so that several platform replicas serve one registry.
//
// # What belongs to whom
//
// A manifest, and the right to read a blob (a link), belong to one service of one organization. Bytes are kept once in
// an organization and are never shared between two: a digest that somebody guesses opens nothing, and a mount from
// another repository is answered as an ordinary upload.
//
// # What makes something exist
//
//	upload row ──► object written ──► object finished ──┐ one transaction
//	                                                    ├─► upload row gone, blob row, link
//	manifest row, references ◄── PUT manifest ──────────┘   (foreign keys hold links and blobs)
//
// An object in the blob store exists only through its row: one that neither an upload nor a blob names is waste, however
// it came to be, and is deleted at any time. An object's name is never used again, so that a deletion that comes late
// hits nothing new.
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

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

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
	// Needed returns the artifacts of an organization that some release may need. Garbage collection asks it before
	// each deletion of manifests, and deletes none where it fails. Without it no manifest is ever deleted.
	Needed func(ctx context.Context, org string) ([]string, error)
	// Grace is how long what seems to be garbage waits for somebody to need it. It must be longer than token.Life, so
	// that a push or pull that has begun ends before what it touched can go. Default 24 h.
	Grace time.Duration
	// Collect is how often garbage is collected. Default 1 h.
	Collect time.Duration
	Logger  *slog.Logger
	// Metrics is where the registry registers its own; nil keeps them private.
	Metrics prometheus.Registerer
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Registry is one platform replica's face of the registry.
type Registry struct {
	*Places
	opts    Options
	log     *slog.Logger
	mux     *http.ServeMux
	metrics *metrics
	// stranger is why nothing is served here; nil is well.
	stranger error
	// identity is the blob store's.
	identity string
}

// New makes a registry. It serves at once; garbage is collected while Run runs. Where the blob store is not the one
// that the database knows, it serves and collects nothing, see Stranger.
func New(ctx context.Context, opts Options) (*Registry, error) {
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
	r := &Registry{
		Places:  NewPlaces(opts.Pool, opts.Now),
		opts:    opts,
		log:     opts.Logger.With("part", "registry"),
		metrics: newMetrics(opts.Metrics),
	}
	r.mux = r.routes()
	return r, r.claim(ctx)
}
