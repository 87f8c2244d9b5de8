package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The schema of log lines:
//   - Tenant first in the sorting key, then what people read: one service's lines in order of time.
//   - (source, sequence) ends the sorting key: copies of a record meet in a merge, which keeps the one that came first.
//   - Partitions are days of arrival, not of the line's own time: an insert is then always one part, which is seen
//     whole or not at all. Followers rely on it: whatever a writer wrote before a visible row is visible too. It also
//     means that no clock of an agent can make partitions.
//   - The projection answers the last position of each writer from a few rows per part.
const createLog = `CREATE TABLE IF NOT EXISTS {log}
(
    organization LowCardinality(String),
    project      LowCardinality(String),
    service      LowCardinality(String),
    deployment   LowCardinality(String),
    release      LowCardinality(String),
    server       LowCardinality(String),
    replica      LowCardinality(String),
    stream       LowCardinality(String),
    at           DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    source       LowCardinality(String),
    sequence     UInt64 CODEC(Delta(8), ZSTD(1)),
    body         String CODEC(ZSTD(1)),
    lost         UInt64 CODEC(ZSTD(1)),
    writer       LowCardinality(String),
    position     UInt64 CODEC(Delta(8), ZSTD(1)),
    received     DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    precedence   UInt64 MATERIALIZED bitNot(position) CODEC(Delta(8), ZSTD(1)),
    INDEX position_range position TYPE minmax GRANULARITY 1,
    INDEX body_words lowerUTF8(body) TYPE {words},
    PROJECTION writer_heads (SELECT writer, max(position) GROUP BY writer)
)
ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toDate(received)
PRIMARY KEY (organization, service, at)
ORDER BY (organization, service, at, source, sequence)
TTL received + toIntervalDay({days})
SETTINGS ttl_only_drop_parts = 1, deduplicate_merge_projection_mode = 'rebuild',
    fsync_after_insert = 1, fsync_part_directory = 1`

const (
	textIndex   = "text(tokenizer = 'splitByNonAlpha')"
	legacyIndex = "tokenbf_v1(32768, 3, 0)"
)

// migrations change the schema step by step; each is applied once per database, and harmless when repeated. Never edit one
// that was released.
func (s *Store) migrations(words string) []string {
	return []string{
		s.fill(createLog, words),
	}
}

func (s *Store) fill(sql, words string) string {
	return strings.NewReplacer("{log}", s.table("log"), "{words}", words, "{days}", strconv.Itoa(s.days())).Replace(sql)
}

func (s *Store) days() int { return max(1, int(s.options.Retention/(24*time.Hour))) }

// ready brings the schema up to date, once.
func (s *Store) ready(ctx context.Context) error {
	s.migrating.Lock()
	defer s.migrating.Unlock()
	if s.migrated {
		return nil
	}
	if err := s.migrate(ctx); err != nil {
		return fmt.Errorf("preparing the log store's tables: %w", err)
	}
	s.migrated = true
	return nil
}

func (s *Store) migrate(ctx context.Context) error {
	version, err := s.conn.ServerVersion()
	if err != nil {
		return err
	}
	words := textIndex
	if s.options.legacyIndex || version.Version.Major < 26 || version.Version.Major == 26 && version.Version.Minor < 2 {
		words = legacyIndex
	}
	if err := s.conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+quoteName(s.database)); err != nil {
		return err
	}
	if err := s.conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS "+s.table("schema_version")+
		" (version UInt32, at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY version"); err != nil {
		return err
	}
	var applied uint32
	if err := s.conn.QueryRow(ctx, "SELECT max(version) FROM "+s.table("schema_version")).Scan(&applied); err != nil {
		return err
	}
	for i, sql := range s.migrations(words) {
		if version := uint32(i + 1); version > applied {
			if err := s.conn.Exec(ctx, sql); err != nil {
				return fmt.Errorf("step %d: %w", version, err)
			}
			if err := s.conn.Exec(ctx, fmt.Sprintf("INSERT INTO %s (version) VALUES (%d)", s.table("schema_version"), version)); err != nil {
				return err
			}
		}
	}
	return s.retain(ctx)
}

// retain changes the table's retention to the one that is wanted now.
func (s *Store) retain(ctx context.Context) error {
	var create string
	if err := s.conn.QueryRow(ctx, "SELECT create_table_query FROM system.tables WHERE database = ? AND name = 'log'", s.database).Scan(&create); err != nil {
		return err
	}
	if strings.Contains(create, fmt.Sprintf("toIntervalDay(%d)", s.days())) {
		return nil
	}
	return s.conn.Exec(ctx, s.fill("ALTER TABLE {log} MODIFY TTL received + toIntervalDay({days})", ""))
}
