package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/syntra-dev/syntra/telemetry/spool"
)

// columns are what an insert gives; the rest the table makes itself.
var columns = []clickhouse.ColumnNameAndType{
	{Name: "organization", Type: "LowCardinality(String)"}, {Name: "project", Type: "LowCardinality(String)"},
	{Name: "service", Type: "LowCardinality(String)"}, {Name: "deployment", Type: "LowCardinality(String)"},
	{Name: "release", Type: "LowCardinality(String)"}, {Name: "server", Type: "LowCardinality(String)"},
	{Name: "replica", Type: "LowCardinality(String)"}, {Name: "stream", Type: "LowCardinality(String)"},
	{Name: "at", Type: "DateTime64(9, 'UTC')"}, {Name: "source", Type: "LowCardinality(String)"},
	{Name: "sequence", Type: "UInt64"}, {Name: "body", Type: "String"}, {Name: "lost", Type: "UInt64"},
	{Name: "writer", Type: "LowCardinality(String)"}, {Name: "position", Type: "UInt64"},
	{Name: "received", Type: "DateTime('UTC')"},
}

const insertColumns = "organization, project, service, deployment, release, server, replica, stream, at, source, sequence, body, lost, writer, position, received"

// insertTimeout bounds one insert; an engine that restarts lets it wait.
const insertTimeout = time.Minute

// Insert stores rows of one writer. Rows must come in order of position, over all calls, and a call that failed must be
// repeated before later ones: followers rely on it. It is safe to repeat.
func (s *Store) Insert(ctx context.Context, writer string, rows []spool.Row) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	for len(rows) > 0 {
		// One insert is one partition, see createLog.
		n := 1
		for n < len(rows) && day(rows[n]) == day(rows[0]) {
			n++
		}
		if err := s.insert(ctx, writer, rows[:n]); err != nil {
			return fmt.Errorf("storing %d log lines: %w", n, err)
		}
		s.arrivals.announce(rows[:n])
		rows = rows[n:]
	}
	return nil
}

func received(row spool.Row) time.Time { return time.Unix(0, int64(row.Position)).UTC() }

func day(row spool.Row) int64 { return received(row).Unix() / (24 * 60 * 60) }

func (s *Store) insert(ctx context.Context, writer string, rows []spool.Row) error {
	ctx, cancel := context.WithTimeout(ctx, insertTimeout)
	defer cancel()
	ctx = clickhouse.Context(ctx, clickhouse.WithColumnNamesAndTypes(columns), clickhouse.WithSettings(clickhouse.Settings{
		// One block, one part, answered when it is there: whatever the server's defaults are.
		"async_insert": 0, "max_insert_threads": 1, "optimize_on_insert": 0, "insert_deduplicate": 0,
	}))
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO "+s.table("log")+" ("+insertColumns+")")
	if err != nil {
		return err
	}
	defer batch.Close()
	for _, row := range rows {
		r := row.Record
		if err := batch.Append(r.Organization, r.Project, r.Service, r.Deployment, r.Release, r.Server, r.Replica,
			string(r.Stream), r.At, r.Source, r.Sequence, r.Body, r.Lost, writer, row.Position, received(row)); err != nil {
			return err
		}
	}
	return batch.Send()
}

// Stored returns which positions of a writer after the given one are there: what an insert of unknown outcome left.
func (s *Store) Stored(ctx context.Context, writer string, after uint64) (map[uint64]bool, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	rows, err := s.conn.Query(ctx, "SELECT position FROM "+s.table("log")+" WHERE writer = ? AND position > ? AND received >= fromUnixTimestamp(?)",
		writer, after, int64(after/uint64(time.Second)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	stored := map[uint64]bool{}
	for rows.Next() {
		var position uint64
		if err := rows.Scan(&position); err != nil {
			return nil, err
		}
		stored[position] = true
	}
	return stored, rows.Err()
}

// Range is an inclusive range of sequences.
type Range struct{ From, To uint64 }

// CountSequences returns how many different sequences of a source within the range are stored.
func (s *Store) CountSequences(ctx context.Context, organization, source string, within Range) (count uint64, err error) {
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	err = s.conn.QueryRow(ctx, "SELECT uniqExact(sequence) FROM "+s.table("log")+" WHERE organization = ? AND source = ? AND sequence BETWEEN ? AND ?",
		organization, source, within.From, within.To).Scan(&count)
	return count, err
}

// LastSequence returns the highest stored sequence of a source below a bound.
func (s *Store) LastSequence(ctx context.Context, organization, source string, below uint64) (last uint64, found bool, err error) {
	if err := s.ready(ctx); err != nil {
		return 0, false, err
	}
	var count uint64
	err = s.conn.QueryRow(ctx, "SELECT count(), max(sequence) FROM "+s.table("log")+" WHERE organization = ? AND source = ? AND sequence < ?",
		organization, source, below).Scan(&count, &last)
	return last, count > 0, err
}
