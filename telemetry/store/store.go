// Package store keeps log records in ClickHouse and answers them: the embedded engine or a server, which makes no
// difference here.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/syntra-dev/syntra/domain"
)

// Options say which ClickHouse, and how long it keeps what.
type Options struct {
	// URL is what CLICKHOUSE_URL holds: clickhouse://user:password@host:9000/database or http(s)://…:8123/database. The
	// database is made where it is missing; none is "syntra".
	URL string
	// Retention is how long lines are kept after they arrived, in whole days; 0 is 30 days.
	Retention time.Duration
	Logger    *slog.Logger
	// legacyIndex uses the text search index of servers before 26.2.
	legacyIndex bool
}

// DefaultRetention is how long log lines are kept.
const DefaultRetention = 30 * 24 * time.Hour

const defaultDatabase = "syntra"

// Store writes and reads log records. It implements telemetry.LogReader.
type Store struct {
	options  Options
	client   *clickhouse.Options
	database string
	conn     driver.Conn
	arrivals arrivals

	migrating sync.Mutex
	migrated  bool
}

// New makes a store. It does not connect: the first use does, brings the schema up to date, and may be repeated until
// ClickHouse answers.
func New(options Options) (*Store, error) {
	if options.Retention <= 0 {
		options.Retention = DefaultRetention
	}
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	client, err := clickhouse.ParseDSN(options.URL)
	if err != nil {
		return nil, fmt.Errorf("CLICKHOUSE_URL: %w", withoutURL(err, options.URL))
	}
	s := &Store{options: options, client: client, database: client.Auth.Database}
	if s.database == "" {
		s.database = defaultDatabase
	}
	// Every statement names the database: it need not exist when the connection is made.
	client.Auth.Database = ""
	client.DialTimeout = 5 * time.Second
	client.ReadTimeout = 2 * time.Minute
	client.MaxOpenConns, client.MaxIdleConns = 32, 8
	if s.conn, err = clickhouse.Open(client); err != nil {
		return nil, fmt.Errorf("CLICKHOUSE_URL: %w", withoutURL(err, options.URL))
	}
	return s, nil
}

// withoutURL keeps the password in the URL out of the error.
func withoutURL(err error, url string) error {
	if text := err.Error(); strings.Contains(text, url) {
		return errors.New(strings.ReplaceAll(text, url, "the URL"))
	}
	return err
}

// Close ends the connections. Followers end when their contexts do.
func (s *Store) Close() error { return s.conn.Close() }

// Healthy asks ClickHouse for a sign of life.
func (s *Store) Healthy(ctx context.Context) error {
	if err := s.conn.Ping(ctx); err != nil {
		return fmt.Errorf("the log store (ClickHouse) does not answer: %w", err)
	}
	return s.ready(ctx)
}

// table is the full name of a table.
func (s *Store) table(name string) string { return quoteName(s.database) + "." + name }

func quoteName(name string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(name) + "`"
}

// unavailable tells people that logs cannot be read now; the cause goes along for the platform's own log.
func unavailable(err error) error {
	return fmt.Errorf("%w (%w)", domain.Errorf(domain.Unavailable, "the log store does not answer; log lines are kept and shown as soon as it does"), err)
}
