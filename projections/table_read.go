package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
)

// Where returns the ids of the rows with a value in a key, in their order.
func (t Table[T]) Where(ctx context.Context, b *Batch, key, value string) ([]string, error) {
	if err := b.flush(ctx, t.Name); err != nil {
		return nil, err
	}
	rows, err := b.tx.Query(ctx, fmt.Sprintf(`SELECT id FROM %s WHERE %s = $1 ORDER BY seq, id`, t.Name, key), value)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// load returns a row from the batch or the database; nil where there is none.
func (t Table[T]) load(ctx context.Context, b *Batch, id string) (*row, error) {
	key := rowKey{t.Name, id}
	r, known := b.rows.get(key)
	if !known {
		var err error
		found := b.tx.QueryRow(ctx, `SELECT id, org_id, seq, to_jsonb(t) FROM `+t.Name+` t WHERE id = $1`, id)
		if _, r, err = t.scan(found); err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return nil, err
		}
		b.rows.put(key, r)
	}
	if r.doc == nil {
		return nil, nil
	}
	return r, nil
}

// scan returns a row that does not exist beside an error.
func (t Table[T]) scan(from pgx.Row) (id string, r *row, err error) {
	var seq int64
	var raw []byte
	r = &row{}
	if err := from.Scan(&id, &r.org, &seq, &raw); err != nil {
		return id, r, err
	}
	doc := new(T)
	if err := decode(raw, doc); err != nil {
		return id, r, fmt.Errorf("row %s of %s: %w", id, t.Name, err)
	}
	r.seq, r.doc = eventstore.Position(seq), doc
	return id, r, nil
}

func (t Table[T]) fetch(sql *pgx.Batch, ids []string) {
	sql.Queue(`SELECT id, org_id, seq, to_jsonb(t) FROM `+t.Name+` t WHERE id = ANY($1)`, ids)
}

func (t Table[T]) keep(found pgx.Rows, b *Batch, ids []string) error {
	defer found.Close()
	for _, id := range ids {
		b.rows.put(rowKey{t.Name, id}, &row{})
	}
	for found.Next() {
		id, r, err := t.scan(found)
		if err != nil {
			return err
		}
		b.rows.put(rowKey{t.Name, id}, r)
	}
	return found.Err()
}
