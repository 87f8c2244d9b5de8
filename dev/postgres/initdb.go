package postgres

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/jackc/pgx/v5"
)

const (
	adminRole   = "postgres"
	appRole     = "syntra"
	appDatabase = "syntra"
)

// passwords of the two roles, kept beside the cluster for its owner only.
type passwords struct {
	Admin string `json:"admin"`
	App   string `json:"app"`
}

// initialise makes the cluster once. It is built under another name and renamed, so that a killed initdb is not taken
// for a cluster.
func initialise(ctx context.Context, o Options, cluster string) (passwords, error) {
	file := filepath.Join(o.DataDir, "passwords.json")
	var p passwords
	if raw, err := os.ReadFile(file); err == nil {
		if err := json.Unmarshal(raw, &p); err != nil {
			return p, fmt.Errorf("postgres: read %s: %w", file, err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return p, fmt.Errorf("postgres: %w", err)
	}
	if p.Admin == "" {
		p = passwords{Admin: rand.Text(), App: rand.Text()}
		raw, _ := json.Marshal(p)
		if err := writeFile(file, raw); err != nil {
			return p, err
		}
	}
	if _, err := os.Stat(filepath.Join(cluster, "PG_VERSION")); err == nil {
		return p, nil
	}
	half := cluster + ".new"
	if err := os.RemoveAll(half); err != nil {
		return p, fmt.Errorf("postgres: %w", err)
	}
	pwfile := filepath.Join(o.DataDir, "initdb.password")
	if err := os.WriteFile(pwfile, []byte(p.Admin), 0o600); err != nil {
		return p, fmt.Errorf("postgres: %w", err)
	}
	defer os.Remove(pwfile)
	cmd := exec.CommandContext(ctx, filepath.Join(o.Native, "bin", "initdb"), "-D", half, "-U", adminRole,
		"--pwfile", pwfile, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions")
	if err := prepare(cmd, o); err != nil {
		return p, err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return p, fmt.Errorf("postgres: initdb in %s: %w\n%s", half, err, out)
	}
	if err := os.Rename(half, cluster); err != nil {
		return p, fmt.Errorf("postgres: %w", err)
	}
	return p, nil
}

func writeFile(name string, data []byte) error {
	if err := os.WriteFile(name+".tmp", data, 0o600); err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	return os.Rename(name+".tmp", name)
}

// ensureDatabase makes the platform's role and database.
func (s *Server) ensureDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.AdminURL("postgres"))
	if err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	defer conn.Close(ctx)
	var role, database bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1), EXISTS (SELECT FROM pg_database WHERE datname = $2)`, appRole, appDatabase).Scan(&role, &database)
	if err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	if !role {
		// rand.Text is base32: nothing in it needs quoting.
		if _, err := conn.Exec(ctx, fmt.Sprintf(`CREATE ROLE %s LOGIN PASSWORD '%s'`, appRole, s.passwords.App)); err != nil {
			return fmt.Errorf("postgres: make role %s: %w", appRole, err)
		}
	}
	if !database {
		if _, err := conn.Exec(ctx, fmt.Sprintf(`CREATE DATABASE %s OWNER %s`, appDatabase, appRole)); err != nil {
			return fmt.Errorf("postgres: make database %s: %w", appDatabase, err)
		}
	}
	return nil
}
