//go:build unix

package clickhouse

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lockPatience is how long a start waits for the process before it to let go of the data directory: after a kill of the
// platform its child needs a moment to die.
const lockPatience = 10 * time.Second

// lock takes the data directory for this process, making it where it is missing. The kernel lets go of it when the process
// ends, however it ends.
func lock(ctx context.Context, dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("embedded ClickHouse: making its data directory: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("embedded ClickHouse: %w", err)
	}
	deadline := time.Now().Add(lockPatience)
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			holder, _ := os.ReadFile(file.Name())
			_ = file.Close()
			return nil, fmt.Errorf("embedded ClickHouse: %s is in use by process %s; one platform at a time can use a data directory, stop the other one or choose another directory", dir, strings.TrimSpace(string(holder)))
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err := file.Truncate(0); err == nil {
		_, _ = file.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	}
	return func() { _ = file.Close() }, nil
}
