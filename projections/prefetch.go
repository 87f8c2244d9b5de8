package projections

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// prefetchFrom is how many aggregates a batch must be about before their rows are read together.
const prefetchFrom = 4

// prefetch reads the rows of the aggregates that events are about, of all tables in one round trip, so that the handlers
// need not ask for them one by one. A row that is not read here is read when a handler asks for it.
func (b *Batch) prefetch(ctx context.Context, m *Model, entries []entry) error {
	seen := map[string]bool{}
	var ids []string
	for _, e := range entries {
		id := subjectOf(e.Stream)
		if !seen[id] && m.concerns(e) {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	if len(ids) < prefetchFrom {
		return nil
	}
	var sql pgx.Batch
	for _, t := range m.Tables {
		t.fetch(&sql, ids)
	}
	results := b.tx.SendBatch(ctx, &sql)
	defer results.Close()
	for _, t := range m.Tables {
		found, err := results.Query()
		if err != nil {
			return err
		}
		if err := t.keep(found, b, ids); err != nil {
			return err
		}
	}
	return results.Close()
}
