package projections

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/syntra-dev/syntra/domain"
)

// order is how a list is sorted: by columns of its table that together are unique within an organization. A page begins
// after the last row of the page before, so that rows that come and go meanwhile neither repeat nor hide others.
type order[T any] struct {
	columns []string
	key     func(T) []string // the columns' values in a row
}

// PageRequest asks for a part of a list.
type PageRequest struct {
	Limit  int    // 0 means DefaultLimit; at most MaxLimit
	Cursor string // of the page before; "" asks for the first page
	// Within narrows a list to what belongs to some projects; nil does not.
	Within ProjectIDs
}

// ProjectIDs are the projects whose things may be seen. nil means all of them, and an empty one none.
type ProjectIDs []string

// match are the values that columns must have: a string, where "" matches all, or ProjectIDs.
type match []struct {
	column string
	value  any
}

// where adds the conditions and their arguments.
func (m match) where(conditions []string, args []any) ([]string, []any) {
	for _, c := range m {
		switch value := c.value.(type) {
		case ProjectIDs:
			if value != nil {
				args = append(args, []string(value))
				conditions = append(conditions, fmt.Sprintf("%s = ANY($%d)", c.column, len(args)))
			}
		case string:
			if value != "" {
				args = append(args, value)
				conditions = append(conditions, fmt.Sprintf("%s = $%d", c.column, len(args)))
			}
		default:
			panic(fmt.Sprintf("projections: column %s is matched with a %T", c.column, value))
		}
	}
	return conditions, args
}

// ordered returns a page of an organization's rows that match, and the cursor of the next page ("" after the last).
func ordered[T any](ctx context.Context, q *Queries, org string, table Table[T], by order[T], only match, page PageRequest) ([]T, string, error) {
	limit := page.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	limit = min(limit, MaxLimit)
	where, args := only.where([]string{"org_id = $1"}, []any{org})
	after, err := by.parse(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	if after != nil {
		places := make([]string, len(after))
		for i, value := range after {
			args = append(args, value)
			places[i] = fmt.Sprintf("$%d", len(args))
		}
		where = append(where, fmt.Sprintf("(%s) > (%s)", strings.Join(by.columns, ", "), strings.Join(places, ", ")))
	}
	rest := fmt.Sprintf("WHERE %s ORDER BY %s LIMIT %d", strings.Join(where, " AND "), strings.Join(by.columns, ", "), limit+1)
	rows, err := list(ctx, q, org, table, rest, args...)
	if err != nil || len(rows) <= limit {
		return rows, "", err
	}
	rows = rows[:limit]
	return rows, by.cursor(rows[limit-1]), nil
}

func (o order[T]) cursor(row T) string {
	raw, _ := json.Marshal(o.key(row)) // strings always can be
	return base64.RawURLEncoding.EncodeToString(raw)
}

// parse returns nil for the first page.
func (o order[T]) parse(cursor string) (after []string, err error) {
	if cursor == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(raw, &after)
	}
	if err != nil || len(after) != len(o.columns) || strings.ContainsRune(strings.Join(after, ""), 0) {
		return nil, domain.Errorf(domain.Invalid, "cursor %q is not one of ours: use next_cursor of the page before", cursor).
			WithReason("bad_cursor")
	}
	return after, nil
}
