// Package clickhouse runs the embedded ClickHouse: libchdb behind a small HTTP front in a process of its own, which the
// official client speaks to as it speaks to a ClickHouse server.
package clickhouse

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// platforms maps GOOS/GOARCH to the npm package @chdb/lib-… that holds the engine.
var platforms = map[string]string{
	"linux/amd64":  "linux-x64-gnu",
	"linux/arm64":  "linux-arm64-gnu",
	"darwin/amd64": "darwin-x64",
	"darwin/arm64": "darwin-arm64",
}

// LibraryEnv names the environment variable that points at a libchdb outside of the engines' directory.
const LibraryEnv = "SYNTRA_CHDB_LIB"

// Library finds libchdb for this platform: where LibraryEnv says, or in the npm packages installed in enginesDir
// (enginesDir/node_modules/@chdb/lib-<platform>).
func Library(enginesDir string) (string, error) {
	if path := os.Getenv(LibraryEnv); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("the ClickHouse engine that %s names cannot be read: %w", LibraryEnv, err)
		}
		return path, nil
	}
	platform, ok := platforms[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return "", fmt.Errorf("there is no embedded ClickHouse for %s/%s; set CLICKHOUSE_URL to a server", runtime.GOOS, runtime.GOARCH)
	}
	path := filepath.Join(enginesDir, "node_modules", "@chdb", "lib-"+platform, "libchdb.so")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the embedded ClickHouse is not installed (npm package @chdb/lib-%s in %s); install the engines or set CLICKHOUSE_URL to a server: %w", platform, enginesDir, err)
	}
	return path, nil
}
