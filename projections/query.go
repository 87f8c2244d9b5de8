package projections

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore/postgres/outage"
)

// Queries reads the read models. Every query runs in a transaction that Postgres lets see one organization only; a
// method that takes no organization sees the one row that its argument opens.
type Queries struct{ pool *pgxpool.Pool }

// NewQueries reads through a pool on the platform's database.
func NewQueries(pool *pgxpool.Pool) *Queries { return &Queries{pool: pool} }

// MaxLimit is the most rows of one page; 0 or more than it means DefaultLimit or it.
const (
	MaxLimit     = 200
	DefaultLimit = 50
)

// stored is a row as its table has it.
type stored[T any] struct {
	seq int64
	org string
	doc T
}

// selectRows runs one query in one scope and one round trip. The rest starts at WHERE.
func selectRows[T any](ctx context.Context, q *Queries, sc scope, table Table[T], rest string, args ...any) ([]stored[T], error) {
	var out []stored[T]
	err := outage.Retry(ctx, patience, func() (err error) {
		out, err = trySelect(ctx, q, sc, table, rest, args...)
		return err
	})
	if err != nil {
		return nil, queryError(table.Name, err)
	}
	return out, nil
}

// patience is how long a query is tried again through an outage.
const patience = 2 * time.Second

func trySelect[T any](ctx context.Context, q *Queries, sc scope, table Table[T], rest string, args ...any) ([]stored[T], error) {
	var b pgx.Batch
	b.Queue(`SELECT set_config($1, $2, true), set_config('timezone', 'UTC', true)`, sc.setting, sc.value)
	b.Queue(`SELECT seq, org_id, to_jsonb(t) FROM rm.`+table.Name+` t `+rest, args...)
	results := q.pool.SendBatch(ctx, &b) // one implicit transaction, which ends the setting too
	defer results.Close()
	if _, err := results.Exec(); err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (stored[T], error) {
		var s stored[T]
		var raw []byte
		if err := r.Scan(&s.seq, &s.org, &raw); err != nil {
			return s, err
		}
		return s, decode(raw, &s.doc)
	})
}

func queryError(table string, err error) error {
	err = fmt.Errorf("query %s: %w", table, err)
	var pg *pgconn.PgError
	missing := errors.As(err, &pg) && (pg.Code == "42P01" || pg.Code == "3F000")
	if missing || outage.Is(err) {
		return fmt.Errorf("%w: %w", domain.Errorf(domain.Unavailable, "the read models are not ready: try again in a moment"), err)
	}
	return err
}

// list returns rows of an organization, whole.
func list[T any](ctx context.Context, q *Queries, org string, table Table[T], rest string, args ...any) ([]T, error) {
	rows, err := selectRows(ctx, q, organizationScope(org), table, rest, args...)
	if err != nil {
		return nil, err
	}
	return docs(rows), nil
}

// one returns the first row, or NotFound in words.
func one[T any](ctx context.Context, q *Queries, org string, table Table[T], what, name, rest string, args ...any) (T, error) {
	rows, err := selectRows(ctx, q, organizationScope(org), table, rest, args...)
	if err != nil || len(rows) > 0 {
		return first(rows), err
	}
	var none T
	return none, domain.Errorf(domain.NotFound, "%s %q does not exist", what, name)
}

// pageOf returns rows of an organization, newest first, and the cursor of the next page ("" after the last).
func pageOf[T any](ctx context.Context, q *Queries, org string, table Table[T], only match, limit int, cursor string) ([]T, string, error) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	limit = min(limit, MaxLimit)
	where, args := only.where([]string{"org_id = $1"}, []any{org})
	if cursor != "" {
		before, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil {
			return nil, "", domain.Errorf(domain.Invalid, "cursor %q is not one of ours: use next_cursor of the page before", cursor).WithReason("bad_cursor")
		}
		args = append(args, before)
		where = append(where, fmt.Sprintf("seq < $%d", len(args)))
	}
	rest := fmt.Sprintf("WHERE %s ORDER BY seq DESC LIMIT %d", strings.Join(where, " AND "), limit+1)
	rows, err := selectRows(ctx, q, organizationScope(org), table, rest, args...)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = strconv.FormatInt(rows[limit-1].seq, 10)
	}
	return docs(rows), next, nil
}

func docs[T any](rows []stored[T]) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = r.doc
	}
	return out
}

func first[T any](rows []stored[T]) T {
	var none T
	if len(rows) == 0 {
		return none
	}
	return rows[0].doc
}
