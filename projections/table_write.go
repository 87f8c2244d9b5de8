package projections

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/jackc/pgx/v5"
)

// upsert writes rows of one table in one statement, with an array per column. Those that exist are replaced.
func upsert(sql *pgx.Batch, table string, keys []rowKey, rows []*row) error {
	columns := columnsOf(reflect.TypeOf(rows[0].doc).Elem())
	var names, arrays, updates []string
	var args []any
	add := func(name, array string, value func(i int, doc reflect.Value) (any, error)) error {
		values := make([]any, len(rows))
		for i, r := range rows {
			var err error
			if values[i], err = value(i, reflect.ValueOf(r.doc).Elem()); err != nil {
				return fmt.Errorf("row %s of %s: column %s: %w", keys[i].id, table, name, err)
			}
		}
		args = append(args, values)
		names = append(names, quoted(name))
		arrays = append(arrays, fmt.Sprintf("$%d::%s", len(args), array))
		if name != columnID {
			updates = append(updates, quoted(name)+" = excluded."+quoted(name))
		}
		return nil
	}
	_ = add(columnID, "text[]", func(i int, _ reflect.Value) (any, error) { return keys[i].id, nil })
	_ = add("org_id", "text[]", func(i int, _ reflect.Value) (any, error) { return rows[i].org, nil })
	_ = add("seq", "bigint[]", func(i int, _ reflect.Value) (any, error) { return int64(rows[i].seq), nil })
	for _, c := range columns {
		if c.name == columnID {
			if err := sameIDs(c, table, keys, rows); err != nil {
				return err
			}
			continue
		}
		err := add(c.name, c.array, func(_ int, doc reflect.Value) (any, error) { return c.value(doc) })
		if err != nil {
			return err
		}
	}
	sql.Queue(fmt.Sprintf("INSERT INTO %s (%s) SELECT * FROM unnest(%s) ON CONFLICT (id) DO UPDATE SET %s",
		table, strings.Join(names, ", "), strings.Join(arrays, ", "), strings.Join(updates, ", ")), args...)
	return nil
}

// sameIDs checks that the structs have the ids of their rows.
func sameIDs(c column, table string, keys []rowKey, rows []*row) error {
	for i, r := range rows {
		id, err := c.value(reflect.ValueOf(r.doc).Elem())
		if err != nil || id != keys[i].id {
			return fmt.Errorf("row %s of %s says that its id is %v", keys[i].id, table, id)
		}
	}
	return nil
}
