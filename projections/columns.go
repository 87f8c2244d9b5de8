package projections

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// column is a field of a row's struct as its table keeps it: under its JSON name and with a type of its own, so that the
// database can sort, sum and index it. What has parts is jsonb. NULL is a nil pointer, slice or map.
type column struct {
	name  string
	sql   string // type and constraint
	array string // the type of many values
	field []int  // where it is in the struct
	kept  kept
}

// kept says how a field's value is given to the database.
type kept int

const (
	keptPlain kept = iota
	keptJSON
)

// columnID is every table's primary key. Where a struct has a field of that name, it says the same.
const columnID = "id"

// rowColumns are those of every table, whatever its struct.
var rowColumns = []string{columnID, "org_id", "seq"}

var columnsByType sync.Map // reflect.Type to []column

// columnsOf returns the columns of a struct, in the order of its fields. A struct that cannot be kept is a mistake in the
// program: columnsOf panics.
func columnsOf(t reflect.Type) []column {
	if known, ok := columnsByType.Load(t); ok {
		return known.([]column)
	}
	var columns []column
	taken := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if name == "" || taken[name] || slices.Contains(rowColumns, name) && name != columnID {
			panic(fmt.Sprintf("projections: field %s of %s needs a JSON name of its own", f.Name, t))
		}
		taken[name] = true
		c := columnOf(f.Type)
		c.name, c.field = name, f.Index
		columns = append(columns, c)
	}
	columnsByType.Store(t, columns)
	return columns
}

var (
	timeType    = reflect.TypeFor[time.Time]()
	marshalType = reflect.TypeFor[json.Marshaler]()
)

func columnOf(t reflect.Type) column {
	if t.Kind() == reflect.Pointer {
		if c := columnOf(t.Elem()); c.kept == keptPlain {
			c.sql = strings.TrimSuffix(c.sql, " NOT NULL")
			return c
		}
		return column{sql: "jsonb", array: "jsonb[]", kept: keptJSON}
	}
	switch kind := t.Kind(); {
	case t == timeType:
		return column{sql: "timestamptz NOT NULL", array: "timestamptz[]"}
	case t.Implements(marshalType):
	case kind == reflect.String:
		return column{sql: `text COLLATE "C" NOT NULL`, array: "text[]"}
	case kind == reflect.Bool:
		return column{sql: "boolean NOT NULL", array: "boolean[]"}
	case kind >= reflect.Int && kind <= reflect.Int64:
		return column{sql: "bigint NOT NULL", array: "bigint[]"}
	case kind == reflect.Float64:
		return column{sql: "double precision NOT NULL", array: "double precision[]"}
	case kind == reflect.Struct:
		return column{sql: "jsonb NOT NULL", array: "jsonb[]", kept: keptJSON}
	}
	return column{sql: "jsonb", array: "jsonb[]", kept: keptJSON}
}

// value returns what the database is given for the column of a row; nil is NULL.
func (c column) value(row reflect.Value) (any, error) {
	v := row.FieldByIndex(c.field)
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		if v.IsNil() {
			return nil, nil
		}
	}
	if c.kept == keptJSON {
		raw, err := json.Marshal(v.Interface())
		return string(raw), err
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.String:
		return v.String(), nil
	case v.CanInt():
		return v.Int(), nil
	}
	return v.Interface(), nil
}

// decode reads a row that the database gave as JSON into its struct. What the table lacks, as an older program made it, stays
// empty.
func decode(raw []byte, row any) error {
	if err := json.Unmarshal(raw, row); err != nil {
		return err
	}
	v := reflect.ValueOf(row).Elem()
	for _, c := range columnsOf(v.Type()) {
		switch at := v.FieldByIndex(c.field).Addr().Interface().(type) {
		case *time.Time:
			*at = at.UTC() // the database writes +00:00, which Go may read as a zone of its own
		case **time.Time:
			if *at != nil {
				**at = (*at).UTC()
			}
		}
	}
	return nil
}
