package postgrestest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/syntra-dev/syntra/dev/engines"
	"github.com/syntra-dev/syntra/dev/postgres"
)

// keeperEnv turns a test binary into the keeper of the shared server before any test is looked at.
const keeperEnv = "SYNTRA_TEST_POSTGRES_KEEPER"

func init() {
	if home := os.Getenv(keeperEnv); home != "" {
		if err := keep(home); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// idle is how long the keeper goes on without users: the next package of the same run may still be compiling.
const idle = 90 * time.Second

func keep(home string) error {
	native, err := engines.Postgres(enginesDir(home))
	if err != nil {
		return err
	}
	pg, err := postgres.Start(context.Background(), postgres.Options{
		Native: native, DataDir: filepath.Join(home, "data"),
		Settings: map[string]string{ // speed over safety: the data is worth nothing after the run
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "400",
			"shared_buffers": "128MB", "autovacuum": "off", "wal_level": "minimal", "max_wal_senders": "0",
		},
	})
	if err != nil {
		return err
	}
	defer func() { _ = pg.Stop() }() // the process ends anyway
	file := filepath.Join(home, "server.json")
	defer os.Remove(file)
	raw, err := json.Marshal(server{App: pg.URL(), Admin: pg.AdminURL("postgres")})
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".tmp", raw, 0o600); err != nil {
		return err
	}
	if err := os.Rename(file+".tmp", file); err != nil {
		return err
	}
	return awaitIdle(home, pg)
}

// awaitIdle returns when nobody has held the users' lock for a while, holding the door shut against newcomers.
func awaitIdle(home string, pg *postgres.Server) error {
	since := time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-pg.Done():
			return fmt.Errorf("the shared postgres ended: see %s", filepath.Join(home, "data", "postgres.log"))
		case <-tick.C:
		}
		users, err := lock(filepath.Join(home, "users.lock"), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != nil {
			since = time.Now()
			continue
		}
		if time.Since(since) > idle {
			// Newcomers wait at this lock until the server is gone and server.json with it.
			return nil
		}
		users.Close()
	}
}
