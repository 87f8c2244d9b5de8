// Package postgrestest gives each test a PostgreSQL database of its own. All test binaries of a `go test` run share one
// embedded server, which a keeper process starts for the first of them and ends when the last is gone.
package postgrestest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// New opens a pool on a fresh database with the platform's schema. Both are gone after the test.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), URL(t))
	if err != nil {
		t.Fatalf("postgrestest: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// URL is the address of a fresh database with the platform's schema, owned by a role that is no superuser.
func URL(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	server, err := sharedServer(ctx)
	if err != nil {
		t.Fatalf("postgrestest: %v", err)
	}
	template, err := server.template(ctx)
	if err != nil {
		t.Fatalf("postgrestest: %v", err)
	}
	name := "test_" + strings.ToLower(rand.Text()[:16])
	if err := server.admin(ctx, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, fmt.Sprintf(`CREATE DATABASE %s TEMPLATE %s OWNER syntra`, name, template))
		return err
	}); err != nil {
		t.Fatalf("postgrestest: make database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := server.admin(ctx, func(c *pgx.Conn) error {
			_, err := c.Exec(ctx, fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, name))
			return err
		}); err != nil {
			t.Errorf("postgrestest: drop database: %v", err)
		}
	})
	return withDatabase(server.App, name)
}

func withDatabase(rawURL, name string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		panic(err) // our own keeper wrote it
	}
	u.Path = "/" + name
	return u.String()
}
