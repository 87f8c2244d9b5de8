package temporal

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	toolschema "go.temporal.io/server/tools/common/schema"
	toolsql "go.temporal.io/server/tools/sql"
)

// Postgres schemas within the platform's database.
const (
	schema           = "temporal"
	visibilitySchema = "temporal_visibility"
)

// store is the database in the words of Temporal's config.
type store struct {
	url      string
	addr     string
	user     string
	password string
	database string
	tls      bool
}

func parseStore(databaseURL string) (store, error) {
	c, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return store{}, fmt.Errorf("temporal: DATABASE_URL: %w", err)
	}
	return store{
		url: databaseURL, addr: net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))),
		user: c.User, password: c.Password, database: c.Database, tls: c.TLSConfig != nil,
	}, nil
}

func (s store) sql(searchPath string) *config.SQL {
	return &config.SQL{
		PluginName: postgresql.PluginNamePGX, ConnectAddr: s.addr, ConnectProtocol: "tcp",
		User: s.user, Password: s.password, DatabaseName: s.database,
		ConnectAttributes: map[string]string{"search_path": searchPath},
		MaxConns:          20, MaxIdleConns: 20,
	}
}

// migrate makes the schemas and brings them to this server's version. Running it again changes nothing.
func (s store) migrate(ctx context.Context, logger log.Logger) error {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return fmt.Errorf("temporal: connect to PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	for name, version := range map[string]string{schema: "postgresql/v12/temporal", visibilitySchema: "postgresql/v12/visibility"} {
		if _, err := conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+name); err != nil {
			return fmt.Errorf("temporal: make schema %s: %w", name, err)
		}
		if err := s.migrateSchema(name, version, logger); err != nil {
			return fmt.Errorf("temporal: migrate schema %s: %w", name, err)
		}
	}
	return nil
}

func (s store) migrateSchema(name, version string, logger log.Logger) error {
	db, err := toolsql.NewConnection(s.sql(name), logger)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ReadSchemaVersion(); err != nil {
		// No version yet: a database without Temporal's tables.
		if err := toolschema.NewSetupSchemaTask(db, &toolschema.SetupConfig{InitialVersion: "0.0"}, logger).Run(); err != nil {
			return err
		}
	}
	return toolschema.NewUpdateSchemaTask(db, &toolschema.UpdateConfig{SchemaName: version}, logger).Run()
}
