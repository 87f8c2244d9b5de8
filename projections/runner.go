package projections

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres/bell"
	"github.com/syntra-dev/syntra/eventstore/postgres/outage"
	"golang.org/x/sync/errgroup"
)

// Runner keeps the read models up to date. Any number of replicas may run one on the same database: for each batch of
// a model one of them wins its checkpoint.
type Runner struct {
	pool   *pgxpool.Pool
	tail   *tail
	logger *slog.Logger
	models []Model
	bell   *bell.Bell // rings when a batch of any model is committed

	size       buildSize
	rebuilding sync.Mutex // one rebuild at a time: each holds connections while it waits for others

	mu       sync.Mutex
	progress map[string]eventstore.Position // of the live generation, as last seen
	live     map[string]int                 // the live generation, as last seen
	unwell   map[string]error               // models that take no part: poisoned, being built anew, or of another version
	moved    chan struct{}                  // closed when progress or unwell changes
	watchers map[chan Change]bool
	tellFrom *eventstore.Position // where the feed starts over after a rewriting of the log; nil: it goes on
}

// NewRunner makes a runner of all models. The pool needs at least four connections.
func NewRunner(pool *pgxpool.Pool, log *eventstore.Log, logger *slog.Logger) *Runner {
	return newRunner(pool, log, logger, Models())
}

func newRunner(pool *pgxpool.Pool, log *eventstore.Log, logger *slog.Logger, models []Model) *Runner {
	for i := range models {
		models[i].index()
	}
	return &Runner{
		pool: pool, tail: newTail(log), logger: logger, models: models, size: usualSize,
		bell:     bell.New(pool, "syntra_projected", logger),
		progress: map[string]eventstore.Position{}, live: map[string]int{}, unwell: map[string]error{}, moved: make(chan struct{}), watchers: map[chan Change]bool{},
	}
}

// Run projects until ctx ends. It builds a model anew, beside the old one, whose version has changed.
func (r *Runner) Run(ctx context.Context) error {
	err := r.run(ctx)
	r.closeWatchers()
	if ctx.Err() != nil {
		return nil //nolint:nilerr // asked to end
	}
	return err
}

func (r *Runner) run(ctx context.Context) error {
	r.warnIfUnbound(ctx)
	if err := r.persist(ctx, func() error { return prepare(ctx, r.pool, r.models) }); err != nil {
		return err
	}
	defer r.bell.Join()()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return r.persist(ctx, func() error { return r.follow(ctx) }) })
	group.Go(func() error { return r.feed(ctx) })
	for i := range r.models {
		group.Go(func() error { return r.project(ctx, &r.models[i]) })
	}
	return group.Wait()
}

// persist tries again through outages.
func (r *Runner) persist(ctx context.Context, do func() error) error {
	for {
		err := do()
		if !outage.Is(err) || ctx.Err() != nil {
			return err
		}
		r.logger.Warn("projections: the database is away; trying again", "error", err)
		wait(ctx, nil, outagePause)
	}
}

// asProjector runs a transaction with the rights of the projector, and a schema in its search path.
func (r *Runner) asProjector(ctx context.Context, schema string, do func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, r.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, asProjector, schema); err != nil {
			return err
		}
		return do(tx)
	})
}

func (r *Runner) model(name string) (*Model, error) {
	for i := range r.models {
		if r.models[i].Name == name {
			return &r.models[i], nil
		}
	}
	return nil, fmt.Errorf("projections: there is no read model %q", name)
}

// warnIfUnbound says so where the database role is above row-level security.
func (r *Runner) warnIfUnbound(ctx context.Context) {
	var above bool
	err := r.pool.QueryRow(ctx, `SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user`).Scan(&above)
	if err == nil && above {
		r.logger.Warn("projections: the database role bypasses row-level security, so organizations are kept apart by the queries alone: use a role that is no superuser and has no BYPASSRLS")
	}
}
