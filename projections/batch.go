package projections

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
)

// Batch is the changes that a run of events makes to one model, written in one transaction. Rows are read once and
// written once, however many events touch them.
type Batch struct {
	tx   session
	rows map[rowKey]*row
	// event is the one being applied; changes are the rows that events have touched so far.
	event   eventstore.Recorded
	changes []Change
}

type rowKey struct{ table, id string }

// row is a document in hand; a nil doc is a row that does not exist.
type row struct {
	org   string
	seq   eventstore.Position
	doc   any
	dirty bool
}

func newBatch(tx session) *Batch { return &Batch{tx: tx, rows: map[rowKey]*row{}} }

// flush writes what has changed, so that SQL sees it.
func (b *Batch) flush(ctx context.Context) error {
	var sql pgx.Batch
	if err := b.write(&sql); err != nil || sql.Len() == 0 {
		return err
	}
	return b.tx.SendBatch(ctx, &sql).Close()
}

// write queues what has changed since the last time, in the order of ids, so that no two writers wait for each other.
func (b *Batch) write(sql *pgx.Batch) error {
	var dirty []rowKey
	for key, r := range b.rows {
		if r.dirty {
			dirty = append(dirty, key)
		}
	}
	slices.SortFunc(dirty, func(x, y rowKey) int { return cmp.Or(cmp.Compare(x.table, y.table), cmp.Compare(x.id, y.id)) })
	for _, key := range dirty {
		r := b.rows[key]
		r.dirty = false
		if r.doc == nil {
			sql.Queue(`DELETE FROM `+key.table+` WHERE id = $1`, key.id)
			continue
		}
		doc, err := json.Marshal(r.doc)
		if err != nil {
			return fmt.Errorf("row %s of %s: %w", key.id, key.table, err)
		}
		sql.Queue(`INSERT INTO `+key.table+` (id, org_id, seq, doc) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET org_id = excluded.org_id, seq = excluded.seq, doc = excluded.doc`, key.id, r.org, int64(r.seq), string(doc))
	}
	return nil
}
