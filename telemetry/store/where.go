package store

import (
	"maps"
	"slices"
	"strings"

	"github.com/syntra-dev/syntra/telemetry"
)

// where is a condition under construction: SQL with a ? for each argument.
type where struct {
	conditions []string
	args       []any
}

func (w *where) add(sql string, args ...any) {
	w.conditions = append(w.conditions, sql)
	w.args = append(w.args, args...)
}

func (w *where) sql() string { return strings.Join(w.conditions, " AND ") }

const nanos = "fromUnixTimestamp64Nano(?)"

// scope is what the query asks for, whenever it arrived.
func scope(q telemetry.LogQuery, search telemetry.Search) *where {
	w := &where{}
	w.add("organization = ?", q.Organization)
	for _, field := range []struct{ column, value string }{
		{"service", q.Service}, {"project", q.Project}, {"server", q.Server},
	} {
		if field.value != "" {
			w.add(field.column+" = ?", field.value)
		}
	}
	// A gap may concern any deployment, release or replica of its service.
	for _, field := range []struct{ column, value string }{
		{"deployment", q.Deployment}, {"release", q.Release}, {"replica", q.Replica},
	} {
		if field.value != "" {
			w.add("("+field.column+" = ? OR (stream = 'gap' AND "+field.column+" = ''))", field.value)
		}
	}
	if len(q.Streams) > 0 {
		args := []any{string(telemetry.Gap)}
		for _, stream := range q.Streams {
			args = append(args, string(stream))
		}
		w.add("stream IN (?"+strings.Repeat(", ?", len(q.Streams))+")", args...)
	}
	if !q.Since.IsZero() {
		w.add("at >= "+nanos, q.Since.UnixNano())
	}
	if !q.Until.IsZero() {
		w.add("at < "+nanos, q.Until.UnixNano())
	}
	for _, term := range search.Terms {
		sql, args := matches(term)
		if term.Not {
			sql = "NOT (" + sql + ")"
		}
		w.add(sql, args...)
	}
	return w
}

// maxTokens bounds what one term asks of the index; what is left out of it is still compared as text.
const maxTokens = 16

// matches is a term's condition: its words, which the index finds, and where it is more than one word its text.
func matches(term telemetry.Term) (string, []any) {
	w := &where{}
	tokens := telemetry.Tokens(term.Text)
	for _, token := range tokens[:min(len(tokens), maxTokens)] {
		w.add("hasToken(lowerUTF8(body), ?)", token)
	}
	if len(tokens) != 1 || tokens[0] != strings.ToLower(term.Text) {
		w.add("position(lowerUTF8(body), ?) > 0", strings.ToLower(term.Text))
	}
	return w.sql(), w.args
}

// within keeps to the snapshot.
func (w *where) within(snapshot heads) {
	w.between(heads{}, snapshot)
}

// between keeps to what is in the snapshot to, but not in from.
func (w *where) between(from, to heads) {
	var alternatives []string
	for _, writer := range slices.Sorted(maps.Keys(to)) {
		if to[writer] <= from[writer] {
			continue
		}
		alternatives = append(alternatives, "(writer = ? AND position > ? AND position <= ?)")
		w.args = append(w.args, writer, from[writer], to[writer])
	}
	if alternatives == nil {
		alternatives = []string{"0"}
	}
	w.conditions = append(w.conditions, "("+strings.Join(alternatives, " OR ")+")")
}

// beside keeps to lines after or before a key.
func (w *where) beside(k key, operator string) {
	// The second condition is implied, but it is the one the primary key can use.
	w.add("(at, source, sequence) "+operator+" ("+nanos+", ?, ?)", k.at, k.source, k.sequence)
	w.add("at "+operator+"= "+nanos, k.at)
}
