package projections

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
)

// Table keeps one row per struct, with a column per field (see column). Beside them stand the row's id, its organization and
// the position of the event that made it, which is its place in the order.
type Table[T any] struct {
	Name string
	// Keys are columns that queries select by.
	Keys []string
	// Internal tables serve the model's own handlers and have no view.
	Internal bool
	// Indexes are further ones: what follows CREATE INDEX ON <table>.
	Indexes []string
	// Visible are further conditions under which a row may be read without its organization, such as by its hash.
	Visible []string
}

// schema is what the engine needs of a table.
type schema interface {
	name() string
	ddl() string
	view() string
	// fetch queues the reading of rows, and keep puts what was found of them into a batch that has none of them.
	fetch(sql *pgx.Batch, ids []string)
	keep(found pgx.Rows, b *Batch, ids []string) error
}

func (t Table[T]) name() string { return t.Name }

func (t Table[T]) view() string {
	if t.Internal {
		return ""
	}
	return t.Name
}

// columns are those of the struct's fields.
func (t Table[T]) columns() []column {
	all := columnsOf(reflect.TypeFor[T]())
	return slices.DeleteFunc(slices.Clone(all), func(c column) bool { return c.name == columnID })
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// ddl makes the table in the current schema. Only the projector may write; a reader sees one organization.
func (t Table[T]) ddl() string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (\n\tid text COLLATE \"C\" PRIMARY KEY,\n\torg_id text COLLATE \"C\" NOT NULL,\n\tseq bigint NOT NULL", t.Name)
	for _, c := range t.columns() {
		fmt.Fprintf(&b, ",\n\t%s %s", quoted(c.name), c.sql)
	}
	fmt.Fprintf(&b, "\n);\nCREATE INDEX ON %s (org_id, seq);\n", t.Name)
	for _, key := range t.Keys {
		fmt.Fprintf(&b, "CREATE INDEX ON %s (%s, seq);\n", t.Name, key)
	}
	for _, index := range t.Indexes {
		fmt.Fprintf(&b, "CREATE INDEX ON %s %s;\n", t.Name, index)
	}
	fmt.Fprintf(&b, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY;\nALTER TABLE %s FORCE ROW LEVEL SECURITY;\n", t.Name, t.Name)
	fmt.Fprintf(&b, "CREATE POLICY projector ON %s USING (current_setting('%s', true) = 'on');\n", t.Name, settingProjector)
	fmt.Fprintf(&b, "CREATE POLICY organization ON %s FOR SELECT USING (org_id = %s);\n", t.Name, setting(settingOrganization))
	for i, condition := range t.Visible {
		fmt.Fprintf(&b, "CREATE POLICY visible_%d ON %s FOR SELECT USING (%s);\n", i, t.Name, condition)
	}
	return b.String()
}

// Insert adds a row. It belongs to the event's organization and has its place in the order.
func (t Table[T]) Insert(b *Batch, e eventstore.Recorded, id string, doc T) {
	b.set(rowKey{t.Name, id}, &row{org: e.Meta.Organization, seq: e.Position, doc: &doc})
	t.touched(b, id)
}

// Get returns a row, or nil. It must not be changed.
func (t Table[T]) Get(ctx context.Context, b *Batch, id string) (*T, error) {
	r, err := t.load(ctx, b, id)
	if r == nil || err != nil {
		return nil, err
	}
	return r.doc.(*T), nil
}

// Edit changes a row; one that does not exist is left alone.
func (t Table[T]) Edit(ctx context.Context, b *Batch, id string, change func(*T)) error {
	r, err := t.load(ctx, b, id)
	if r == nil || err != nil {
		return err
	}
	change(r.doc.(*T))
	b.dirty[rowKey{t.Name, id}] = r
	t.touched(b, id)
	return nil
}

// Delete removes a row.
func (t Table[T]) Delete(b *Batch, id string) {
	b.set(rowKey{t.Name, id}, &row{})
	t.touched(b, id)
}

// touched notes for live pushes that the event at hand changed a row.
func (t Table[T]) touched(b *Batch, id string) {
	if !t.Internal {
		b.changes = append(b.changes, Change{Position: b.event.Position, Organization: b.event.Meta.Organization, Model: t.Name, ID: id, EventType: b.event.Type})
	}
}
