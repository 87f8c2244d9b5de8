package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/e2e/harness"
)

// A secret's value is in the container's environment and nowhere else: not in the database (log, read models, Temporal's
// histories), not on disk (journals, spools, the platform's own log), not in ClickHouse.
func TestASecretIsFoundNowhereButInItsProgram(t *testing.T) {
	ctx, p := own(t, harness.Options{})
	value := "planted-" + rand.Text()
	first, err := p.Deploy(ctx, program(t, "one", nil), "secrets", "web")
	require.NoError(t, err)
	_, err = p.Syn(ctx, "env", "set", "API_KEY="+value, "--project", "secrets", "--service", "web")
	require.NoError(t, err)
	_, err = p.Deploy(ctx, program(t, "two", nil), "secrets", "web")
	require.NoError(t, err)
	service, err := p.Service(ctx, first.ServiceID)
	require.NoError(t, err)
	require.NoError(t, p.Answers(ctx, service.Host, "/env?name=API_KEY", value), "the program must have it")

	require.Empty(t, tablesHolding(ctx, t, p.Database, value), "tables of the database")
	require.NotEmpty(t, tablesHolding(ctx, t, p.Database, first.DeploymentID), "the search must find what is there")

	require.NoError(t, p.Stop())
	require.Empty(t, filesHolding(t, p.DataDir, value), "files of the data folder")
}

func tablesHolding(ctx context.Context, t *testing.T, database, value string) []string {
	t.Helper()
	conn, err := pgx.Connect(ctx, database)
	require.NoError(t, err)
	defer conn.Close(ctx)
	// Read models bind their owner, too, unless the projector's setting is made.
	rows, err := conn.Query(ctx, `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	var holding []string
	for _, table := range tables {
		var dump bytes.Buffer
		if _, err := conn.PgConn().CopyTo(ctx, &dump, "COPY "+table+" TO STDOUT (FORMAT binary)"); err != nil {
			dump.Reset() // COPY refuses tables with row-level security to whom it binds
			require.NoError(t, dumpRows(ctx, conn, table, &dump))
		}
		if bytes.Contains(dump.Bytes(), []byte(value)) {
			holding = append(holding, table)
		}
	}
	return holding
}

// dumpRows writes a table as text through a query, lifting its row-level security as its owner may.
func dumpRows(ctx context.Context, conn *pgx.Conn, table string, w io.Writer) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, "ALTER TABLE "+table+" NO FORCE ROW LEVEL SECURITY"); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, "SELECT t::text FROM "+table+" t")
	if err != nil {
		return err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, line := range lines {
		_, _ = io.WriteString(w, line)
	}
	return err
}

func filesHolding(t *testing.T, dir, value string) []string {
	t.Helper()
	var holding []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil && bytes.Contains(raw, []byte(value)) {
			holding = append(holding, path)
		}
		return err
	}))
	return holding
}
