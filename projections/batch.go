package projections

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
)

// Batch is the changes that a run of events makes to one model, written in one transaction. Rows are read once and
// written once, however many events touch them.
type Batch struct {
	tx    session
	rows  *rowCache
	dirty map[rowKey]*row // changed and not written yet
	// event is the one being applied; changes are the rows that events have touched so far.
	event   eventstore.Recorded
	changes []Change
}

type rowKey struct{ table, id string }

// row is a table's struct in hand, as a pointer; a nil doc is a row that does not exist.
type row struct {
	org string
	seq eventstore.Position
	doc any
}

func newBatch(tx session, rows *rowCache) *Batch {
	return &Batch{tx: tx, rows: rows, dirty: map[rowKey]*row{}}
}

// set puts a row in the place of the one that was there.
func (b *Batch) set(key rowKey, r *row) {
	b.rows.put(key, r)
	b.dirty[key] = r
}

// flush writes what has changed in a table, so that SQL sees it.
func (b *Batch) flush(ctx context.Context, table string) error {
	var sql pgx.Batch
	if err := b.write(&sql, func(key rowKey) bool { return key.table == table }); err != nil || sql.Len() == 0 {
		return err
	}
	return b.tx.SendBatch(ctx, &sql).Close()
}

// all is for writing every table.
func all(rowKey) bool { return true }

// write queues what has changed since the last time, one statement for the rows of a table that exist and one for those
// that do not. It goes in the order of ids, so that no two writers wait for each other.
func (b *Batch) write(sql *pgx.Batch, which func(rowKey) bool) error {
	var changed []rowKey
	for key := range b.dirty {
		if which(key) {
			changed = append(changed, key)
		}
	}
	slices.SortFunc(changed, func(x, y rowKey) int { return cmp.Or(cmp.Compare(x.table, y.table), cmp.Compare(x.id, y.id)) })
	for len(changed) > 0 {
		table := changed[0].table
		n := slices.IndexFunc(changed, func(key rowKey) bool { return key.table != table })
		if n < 0 {
			n = len(changed)
		}
		if err := b.writeTable(sql, table, changed[:n]); err != nil {
			return err
		}
		changed = changed[n:]
	}
	return nil
}

func (b *Batch) writeTable(sql *pgx.Batch, table string, keys []rowKey) error {
	var removed []string
	var written []rowKey
	var rows []*row
	for _, key := range keys {
		r := b.dirty[key]
		delete(b.dirty, key)
		if r.doc == nil {
			removed = append(removed, key.id)
		} else {
			written, rows = append(written, key), append(rows, r)
		}
	}
	if len(removed) > 0 {
		sql.Queue(`DELETE FROM `+table+` WHERE id = ANY($1)`, removed)
	}
	if len(rows) == 0 {
		return nil
	}
	return upsert(sql, table, written, rows)
}
