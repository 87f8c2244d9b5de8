package store

import (
	"context"
	"slices"
	"strings"
)

// identity is what makes two rows copies of one record.
type identity struct {
	source   string
	sequence uint64
}

// copies returns which of the rows are copies of records given out before. One writer never stores two; an agent that
// changed to another replica of the platform before the first one could acknowledge makes both store one.
func (f *follower) copies(ctx context.Context, rows []row) (map[identity]bool, error) {
	if len(rows) == 0 || len(f.heads) == 0 || len(f.heads) == 1 && !slices.ContainsFunc(rows, func(r row) bool { return f.heads[r.writer] == 0 }) {
		return nil, nil
	}
	w := &where{}
	w.add("organization = ?", f.query.Organization)
	if f.query.Service != "" {
		w.add("service = ?", f.query.Service)
	}
	w.within(f.heads)
	first, last := rows[0].At, rows[0].At
	var pairs []string
	for _, r := range rows {
		if r.At.Before(first) {
			first = r.At
		}
		if r.At.After(last) {
			last = r.At
		}
	}
	w.add("at >= "+nanos, first.UnixNano())
	w.add("at <= "+nanos, last.UnixNano())
	for _, r := range rows {
		pairs = append(pairs, "(?, ?)")
		w.args = append(w.args, r.Source, r.Sequence)
	}
	w.conditions = append(w.conditions, "(source, sequence) IN ("+strings.Join(pairs, ", ")+")")
	found := map[identity]bool{}
	err := f.store.read(ctx, statement{"SELECT source, sequence FROM " + f.store.table("log") + " WHERE " + w.sql(), w.args}, func(scan func(...any) error) error {
		var id identity
		if err := scan(&id.source, &id.sequence); err != nil {
			return err
		}
		found[id] = true
		return nil
	}, func() { clear(found) })
	return found, err
}

// recent remembers the last lines given out, since copies of them may be on their way through another writer.
type recent struct {
	keys map[key]bool
	ring []key
	next int
}

const recentLines = 4096

func (r *recent) has(k key) bool { return r.keys[k] }

func (r *recent) add(k key) {
	if r.keys == nil {
		r.keys = map[key]bool{}
	}
	if len(r.ring) < recentLines {
		r.ring = append(r.ring, k)
	} else {
		delete(r.keys, r.ring[r.next])
		r.ring[r.next] = k
		r.next = (r.next + 1) % recentLines
	}
	r.keys[k] = true
}
