package postgrestest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/dev/engines"
	"github.com/syntra-dev/syntra/migrations"
)

// server is how a test binary reaches the shared PostgreSQL.
type server struct {
	App   string `json:"app"`   // URL of the unprivileged role
	Admin string `json:"admin"` // URL of the superuser
}

var sharedServer = func() func(context.Context) (server, error) {
	var mu sync.Mutex
	var up *server
	return func(ctx context.Context) (server, error) {
		mu.Lock()
		defer mu.Unlock()
		if up != nil {
			return *up, nil
		}
		s, err := join(ctx)
		if err != nil {
			return server{}, err
		}
		up = &s
		return s, nil
	}
}()

// usersLock is held shared by every user for its life; the keeper ends the server once it can hold it alone.
var usersLock *os.File //nolint:unused // held, never read

// join makes this process a user of the shared server, starting a keeper where none runs.
func join(ctx context.Context) (server, error) {
	home, err := home()
	if err != nil {
		return server{}, err
	}
	if err := engines.Ensure(ctx, enginesDir(home), os.Stderr); err != nil {
		return server{}, err
	}
	door, err := lock(filepath.Join(home, "door.lock"), syscall.LOCK_EX)
	if err != nil {
		return server{}, err
	}
	defer door.Close()
	if usersLock, err = lock(filepath.Join(home, "users.lock"), syscall.LOCK_SH); err != nil {
		return server{}, err
	}
	if s, ok := answering(ctx, home); ok {
		return s, nil
	}
	if err := startKeeper(home); err != nil {
		return server{}, err
	}
	for {
		if s, ok := answering(ctx, home); ok {
			return s, nil
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(home, "keeper.log"))
			return server{}, fmt.Errorf("the shared postgres did not start: %w\n%s", ctx.Err(), log)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// startKeeper runs this very test binary again, detached; keeper.go's init takes it from there.
func startKeeper(home string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(home, "keeper.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), keeperEnv+"="+home)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the shared postgres: %w", err)
	}
	return cmd.Process.Release()
}

func answering(ctx context.Context, home string) (server, bool) {
	raw, err := os.ReadFile(filepath.Join(home, "server.json"))
	if err != nil {
		return server{}, false
	}
	var s server
	if json.Unmarshal(raw, &s) != nil {
		return server{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return s, s.admin(ctx, func(c *pgx.Conn) error { return c.Ping(ctx) }) == nil
}

func (s server) admin(ctx context.Context, f func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.Admin)
	if err != nil {
		return err
	}
	return errors.Join(f(conn), conn.Close(ctx))
}

// template is a database with today's migrations, made once per set of migration files.
func (s server) template(ctx context.Context) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(migrations.Files(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(migrations.Files(), path)
		fmt.Fprintf(sum, "%s\n%s\n", path, raw)
		return err
	})
	if err != nil {
		return "", err
	}
	name := "template_" + hex.EncodeToString(sum.Sum(nil))[:16]
	return name, s.admin(ctx, func(c *pgx.Conn) error { return s.makeTemplate(ctx, c, name) })
}

func (s server) makeTemplate(ctx context.Context, c *pgx.Conn, name string) error {
	if _, err := c.Exec(ctx, `SELECT pg_advisory_lock(hashtext('postgrestest'))`); err != nil {
		return err
	}
	var ready bool
	if err := c.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&ready); err != nil || ready {
		return err
	}
	building := name + "_new"
	for _, q := range []string{
		fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, building),
		fmt.Sprintf(`CREATE DATABASE %s OWNER syntra`, building),
	} {
		if _, err := c.Exec(ctx, q); err != nil {
			return err
		}
	}
	if err := migrations.Up(ctx, withDatabase(s.App, building)); err != nil {
		return err
	}
	_, err := c.Exec(ctx, fmt.Sprintf(`ALTER DATABASE %s RENAME TO %s`, building, name))
	return err
}

func lock(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// home is <repository>/.syntra/test-postgres: git-ignored, so that a clone is all a test run touches.
func home() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			home := filepath.Join(dir, ".syntra", "test-postgres")
			return home, os.MkdirAll(home, 0o700)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("run the tests inside the repository: no go.mod above the working directory")
		}
		dir = parent
	}
}

func enginesDir(home string) string { return engines.Dir(filepath.Join(filepath.Dir(home), "engines")) }
