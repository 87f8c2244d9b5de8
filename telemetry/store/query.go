package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/syntra-dev/syntra/telemetry"
)

// readTimeout bounds one read.
const readTimeout = 30 * time.Second

// row is a line as it is stored.
type row struct {
	telemetry.Record
	writer   string
	position uint64
}

const readColumns = "at, organization, project, service, deployment, release, server, replica, stream, source, sequence, body, lost, writer, position"

// Query implements telemetry.LogReader. Errors are domain.Errors: Invalid for a bad query, Unavailable while ClickHouse
// does not answer.
func (s *Store) Query(ctx context.Context, q telemetry.LogQuery) ([]telemetry.Line, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	page, err := newPage(q)
	if err != nil {
		return nil, err
	}
	if page.heads == nil {
		if page.heads, err = s.heads(ctx); err != nil {
			return nil, unavailable(err)
		}
	}
	lines, err := s.page(ctx, page)
	if err != nil {
		return nil, unavailable(err)
	}
	return lines, nil
}

// page is one page of the lines in a snapshot.
type page struct {
	query   telemetry.LogQuery
	search  telemetry.Search
	heads   heads // nil: as it is now
	start   *key
	forward bool
	limit   int
}

func newPage(q telemetry.LogQuery) (page, error) {
	search, err := telemetry.ParseSearch(q.Text)
	if err != nil {
		return page{}, err
	}
	p := page{query: q, search: search, forward: q.After != "" || q.Oldest && q.Before == "", limit: q.Limit}
	if p.limit == 0 {
		p.limit = telemetry.DefaultLimit
	}
	cursor := q.Before + q.After // one of them is empty
	if cursor == "" || cursor == telemetry.End {
		return p, nil
	}
	at, err := parseCursor(cursor)
	if err != nil {
		return page{}, err
	}
	p.start, p.heads = &at.key, at.heads
	return p, nil
}

func (s *Store) page(ctx context.Context, p page) ([]telemetry.Line, error) {
	var rows []row
	start := p.start
	for {
		got, err := s.fetch(ctx, p.sql(s.table("log"), start, p.limit-len(rows)))
		if err != nil {
			return nil, err
		}
		full := len(got) == p.limit-len(rows)
		for _, r := range got {
			// Copies of a record that no merge has met yet stand side by side.
			k := keyOf(r.Record)
			if start == nil || *start != k {
				rows = append(rows, r)
			}
			start = &k
		}
		if !full || len(rows) == p.limit {
			break
		}
	}
	if !p.forward {
		slices.Reverse(rows)
	}
	lines := make([]telemetry.Line, len(rows))
	for i, r := range rows {
		lines[i] = telemetry.Line{Record: r.Record, Cursor: place{heads: p.heads, key: keyOf(r.Record)}.cursor()}
	}
	return lines, nil
}

type statement struct {
	sql  string
	args []any
}

func (p page) sql(table string, start *key, limit int) statement {
	w := scope(p.query, p.search)
	w.within(p.heads)
	order, operator := "DESC", "<"
	if p.forward {
		order, operator = "ASC", ">"
	}
	if start != nil {
		w.beside(*start, operator)
	}
	return statement{fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY at %s, source %s, sequence %s LIMIT %d",
		readColumns, table, w.sql(), order, order, order, limit), w.args}
}

// heads returns the snapshot of now.
func (s *Store) heads(ctx context.Context) (heads, error) {
	now := heads{}
	err := s.read(ctx, statement{sql: "SELECT writer, max(position) FROM " + s.table("log") + " GROUP BY writer"}, func(scan func(...any) error) error {
		var writer string
		var position uint64
		if err := scan(&writer, &position); err != nil {
			return err
		}
		now[writer] = position
		return nil
	}, func() { clear(now) })
	return now, err
}

func (s *Store) fetch(ctx context.Context, st statement) (rows []row, err error) {
	err = s.read(ctx, st, func(scan func(...any) error) error {
		var r row
		var stream string
		if err := scan(&r.At, &r.Organization, &r.Project, &r.Service, &r.Deployment, &r.Release, &r.Server, &r.Replica,
			&stream, &r.Source, &r.Sequence, &r.Body, &r.Lost, &r.writer, &r.position); err != nil {
			return err
		}
		r.Stream, r.At = telemetry.Stream(stream), r.At.UTC()
		rows = append(rows, r)
		return nil
	}, func() { rows = nil })
	return rows, err
}

// read runs a statement and hands over each row. Where the connection breaks, as in a restart of the engine, it forgets and
// tries once more.
func (s *Store) read(ctx context.Context, st statement, each func(scan func(...any) error) error, forget func()) error {
	err := s.readOnce(ctx, st, each)
	var exception *clickhouse.Exception
	if err == nil || ctx.Err() != nil || errors.As(err, &exception) {
		return err
	}
	forget()
	return s.readOnce(ctx, st, each)
}

func (s *Store) readOnce(ctx context.Context, st statement, each func(scan func(...any) error) error) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_execution_time": int(readTimeout / time.Second)}))
	rows, err := s.conn.Query(ctx, st.sql, st.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
